// libzip, opened when it is needed, in the way of libcurl.h.
#pragma once

#include <zip.h>

#include "base/late_library.h"

namespace sotto::catalog {

inline base::LateLibrary libzip("libzip.so.4", "libzip4");

#define SOTTO_LIBZIP(name) inline constexpr base::LateFunction<decltype(::name)> name(libzip, #name)
SOTTO_LIBZIP(zip_open);
SOTTO_LIBZIP(zip_discard);
SOTTO_LIBZIP(zip_strerror);
SOTTO_LIBZIP(zip_error_init_with_code);
SOTTO_LIBZIP(zip_error_strerror);
SOTTO_LIBZIP(zip_error_fini);
SOTTO_LIBZIP(zip_get_num_entries);
SOTTO_LIBZIP(zip_name_locate);
SOTTO_LIBZIP(zip_stat_index);
SOTTO_LIBZIP(zip_fopen_index);
SOTTO_LIBZIP(zip_fread);
SOTTO_LIBZIP(zip_fclose);
SOTTO_LIBZIP(zip_file_strerror);
#undef SOTTO_LIBZIP

}  // namespace sotto::catalog
