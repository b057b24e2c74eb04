// segsharp::adam_: one pass over parameter, gradient and both moments.
#pragma once

#include <ATen/ATen.h>

namespace segsharp {

void adam_(at::TensorList parameters, at::TensorList gradients, at::TensorList first, at::TensorList second, int64_t step,
    double learning_rate, double beta1, double beta2, double epsilon, double decay, bool decoupled);

}  // namespace segsharp
