// What people name in place of a model's folder: files of other formats, and folders that hold nothing but pickles.
#include "published/hostile.h"

namespace sotto::published::test {
namespace {

constexpr const char* kPickleFile = "pytorch_model.bin";

HostileCase file_case(const std::string& name, const std::string& file, const std::string& bytes,
                      std::vector<std::string> said) {
  said.push_back(file);
  return {"file: " + name, Parser::kFile, [=](const HostileFolder& f) { f.write(file, bytes); }, std::move(said), file};
}

void leave_only_a_pickle(const HostileFolder& folder) {
  folder.remove(kWeightFile);
  folder.write(kPickleFile, "\x80\x02}q\x01.");
}

}  // namespace

std::vector<HostileCase> hostile_places() {
  const std::vector<std::string> runs_code = {"runs code that the file brings", "safetensors", "expected \"GGUF\""};
  const std::vector<std::string> of_folder = {"safetensors file", "name the folder that holds it", "config.json"};
  const auto [header, n_data] = sound_header();
  return {
      file_case("a zip archive of PyTorch's", kPickleFile, "PK\x03\x04" + std::string(60, '\0'), runs_code),
      file_case("a pickle of PyTorch's", kPickleFile, "\x80\x02\x8a\nl\xfc\x9c\x46\xf9 j\xa8P\x19.", runs_code),
      file_case("a pickle of protocol 4", "model.pt", "\x80\x04\x95" + std::string(60, '\0'), runs_code),
      file_case("weights without their folder", kWeightFile, safetensors(header.dump(), n_data), of_folder),
      file_case("weights that begin as a pickle does", kWeightFile, safetensors("{}" + std::string(638, ' '), 0),
                of_folder),
      file_case("config.json alone", "config.json", "{\"model_type\": \"llama\"}",
                {"magic", "this is JSON", "name the folder that holds it"}),
      {"place: nothing but a pickle",
       Parser::kConfiguration,
       [](const HostileFolder& f) {
         leave_only_a_pickle(f);
         f.remove("config.json");
         f.remove("tokenizer.json");
       },
       {kPickleFile, "pickle", "runs code", "safetensors"}},
      {"place: a pickle and a tokenizer",
       Parser::kConfiguration,
       [](const HostileFolder& f) {
         leave_only_a_pickle(f);
         f.remove("config.json");
       },
       {kPickleFile, "pickle", "runs code", "safetensors"}},
  };
}

}  // namespace sotto::published::test
