#include "catalog/share.h"

#include <fcntl.h>
#include <unistd.h>

#include "catalog/describe.h"
#include "catalog/files.h"
#include "catalog/names.h"
#include "catalog/sha256.h"
#include "catalog/sidecar.h"

namespace sotto::catalog {
namespace {

// A sidecar may be missing; what it says only spares reading other files.
bool may_be(const StoredModel& model, const Entry& entry) {
  if (entry.bytes_exact && model.file_bytes != entry.bytes) return false;
  if (model.sha256.empty()) return entry.bytes_exact;
  return model.sha256 == entry.sha256;
}

}  // namespace

std::optional<SharedModel> share_stored(const Entry& entry, const std::string& models_folder) {
  std::string target = models_folder + "/" + entry.file_name;
  if (entry.sha256.empty() || !is_safe_file_name(entry.file_name) || file_size(target) >= 0) return std::nullopt;
  auto models = Store(models_folder).list();
  if (!models) return std::nullopt;
  for (const StoredModel& model : *models) {
    if (!may_be(model, entry)) continue;
    auto sha256 = sha256_of_file(model.path);
    if (!sha256 || *sha256 != entry.sha256) continue;
    if (::linkat(AT_FDCWD, model.path.c_str(), AT_FDCWD, target.c_str(), AT_SYMLINK_FOLLOW) != 0) continue;
    // The link is the model; that its origin could not be noted is no reason to download it.
    (void)write_sidecar(target, {.name = entry.name,
                                 .source = "shared with " + model.name,
                                 .sha256 = *sha256,
                                 .license = entry.license,
                                 .bytes = model.file_bytes});
    auto shared = describe_model(target);
    if (!shared) return std::nullopt;
    return SharedModel{std::move(*shared), model.name};
  }
  return std::nullopt;
}

}  // namespace sotto::catalog
