// The bridge's own operators, found with sg_find like any other. Each is composed of differentiable parts, so it needs no
// kernel per device: what cannot take the fast way falls back to libtorch's operators inside.
#include "adam.h"
#include "conv_block.h"
#include "convolution.h"
#include "up_convolution.h"

#include <torch/library.h>

TORCH_LIBRARY(segsharp, library)
{
    library.def("conv(Tensor x, Tensor weight, Tensor? bias, int[] stride, int[] padding, int[] dilation, int groups) -> Tensor",
        segsharp::convolution::conv);
    library.def("conv_block(Tensor x, Tensor[] weights, Tensor[] biases, Tensor[] gammas, Tensor[] betas, Tensor(a!)[] means, "
                "Tensor(b!)[] variances, bool training, float momentum, float eps) -> Tensor",
        segsharp::convolution::conv_block);
    library.def("conv_transpose_shuffle(Tensor x, Tensor weight, Tensor? bias) -> Tensor", segsharp::conv_transpose_shuffle);
    library.def("adam_(Tensor(a!)[] params, Tensor[] grads, Tensor(b!)[] m, Tensor(c!)[] v, int step, float lr, float beta1, "
                "float beta2, float eps, float decay, bool decoupled) -> ()",
        segsharp::adam_);
}
