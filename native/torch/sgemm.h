// Single precision matrix products for a libtorch that calls the reference BLAS.
#pragma once

#include <cstdint>
#include <string>

namespace segsharp::sgemm {

bool is_on();
/// Throws ArgumentError when it is switched on and there is no oneDNN to forward to.
void use(bool on);
int64_t calls();
void reset_calls();
/// The library whose sgemm_ libtorch would call without the bridge; empty when there is none.
std::string blas_path();
bool blas_is_reference();
/// dnnl_sgemm was found.
bool is_possible();
/// "2.6.3", or empty without a shared oneDNN.
std::string onednn_version();

}  // namespace segsharp::sgemm
