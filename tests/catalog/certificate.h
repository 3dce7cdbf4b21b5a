// A certificate for 127.0.0.1 that is signed by itself alone, as an impostor would show.
#pragma once

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <string>

#include "base/check.h"

namespace sotto::catalog::test {

inline void write_certificate(const std::string& certificate_path, const std::string& key_path) {
  EVP_PKEY* key = EVP_EC_gen("P-256");
  X509* certificate = X509_new();
  X509_set_version(certificate, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
  X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
  X509_set_pubkey(certificate, key);
  X509_NAME* name = X509_get_subject_name(certificate);
  auto text = reinterpret_cast<const unsigned char*>("sotto test");
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, text, -1, -1, 0);
  X509_set_issuer_name(certificate, name);
  X509_EXTENSION* address = X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, "IP:127.0.0.1");
  SOTTO_CHECK(address && X509_add_ext(certificate, address, -1) == 1);
  SOTTO_CHECK(X509_sign(certificate, key, EVP_sha256()) > 0);
  FILE* file = std::fopen(certificate_path.c_str(), "w");
  SOTTO_CHECK(file && PEM_write_X509(file, certificate) == 1);
  std::fclose(file);
  file = std::fopen(key_path.c_str(), "w");
  SOTTO_CHECK(file && PEM_write_PrivateKey(file, key, nullptr, nullptr, 0, nullptr, nullptr) == 1);
  std::fclose(file);
  X509_EXTENSION_free(address);
  X509_free(certificate);
  EVP_PKEY_free(key);
}

}  // namespace sotto::catalog::test
