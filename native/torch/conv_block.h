// segsharp::conv_block: convolution, batch normalisation and ReLU, once or several times, as one operator.
#pragma once

#include <ATen/ATen.h>

namespace segsharp::convolution {

/// Whether conv_block takes its fused way where it can; otherwise it is composed of libtorch's operators.
bool fused_switch();
void set_fused_switch(bool on);
int64_t fused_calls();
void reset_fused_calls();

at::Tensor conv_block(const at::Tensor& x, at::TensorList weights, at::TensorList biases, at::TensorList gammas, at::TensorList betas,
    at::TensorList means, at::TensorList variances, bool training, double momentum, double epsilon);

}  // namespace segsharp::convolution
