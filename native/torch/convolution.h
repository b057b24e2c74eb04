// segsharp::conv: a convolution that takes a faster way where there is one, and libtorch's otherwise.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>

#include "compatibility.h"

namespace segsharp::convolution {

/// 0 libtorch's own, 1 where it pays, 2 wherever it is possible.
int winograd_switch();
void set_winograd_switch(int value);
/// oneDNN on this processor has a Winograd convolution.
bool winograd_is_possible();
int64_t winograd_calls();
void reset_winograd_calls();

at::Tensor conv(const at::Tensor& x, const at::Tensor& weight, const compatibility::optional<at::Tensor>& bias,
    at::IntArrayRef stride, at::IntArrayRef padding, at::IntArrayRef dilation, int64_t groups);

}  // namespace segsharp::convolution
