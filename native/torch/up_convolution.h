// segsharp::conv_transpose_shuffle: a transposed convolution of kernel = stride = 2 without a transposed convolution.
#pragma once

#include <ATen/ATen.h>

#include "compatibility.h"

namespace segsharp {

at::Tensor conv_transpose_shuffle(const at::Tensor& x, const at::Tensor& weight, const compatibility::optional<at::Tensor>& bias);

}  // namespace segsharp
