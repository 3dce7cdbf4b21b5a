// `sotto token`: makes, lists and removes the tokens that open the server to other machines, or to admins.
#pragma once

#include <string>

namespace sotto::server {

// The command's arguments without the programs' names: "add NAME --scope chat". path: the file of tokens, whose folder
// is made. Prints; gives the exit code: 0; 1 failure; 2 a wrong command line; 3 no such token.
int run_token_command(int argc, const char* const* argv, const std::string& path);

}  // namespace sotto::server
