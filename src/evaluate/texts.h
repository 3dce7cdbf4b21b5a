// The texts that models are measured on, and calibrated with, where a person gives none. They come from bench/texts and
// share no sentence.
#pragma once

#include <string_view>

namespace sotto::evaluate {

std::string_view measured_text();     // prose, then instructions, a chat, commands and code; 19 KB
std::string_view calibration_text();  // prose from the same book, then tasks on texts, lists and code; 40 KB

}  // namespace sotto::evaluate
