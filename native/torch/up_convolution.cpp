// segsharp::conv_transpose_shuffle: a transposed convolution of kernel = stride = 2 without a transposed convolution.
//
// Such kernels do not overlap: output pixel (2i + a, 2j + b) is weight[:, :, a, b] applied to input pixel (i, j). So a 1x1
// convolution computes all 2^n corners as channels, and a shuffle moves them to their places. Same parameters, same numbers;
// libtorch's own way is a matrix product and a scatter, which no CPU library speeds up.
#include "up_convolution.h"
#include "convolution.h"

#include <vector>

namespace segsharp {

at::Tensor conv_transpose_shuffle(const at::Tensor& x, const at::Tensor& weight, const compatibility::optional<at::Tensor>& bias)
{
    int64_t n = x.dim() - 2;
    TORCH_CHECK(n == 2 || n == 3, "segsharp::conv_transpose_shuffle: the input must have 4 or 5 dimensions, got shape ", x.sizes());
    TORCH_CHECK(weight.dim() == x.dim() && weight.size(0) == x.size(1),
        "segsharp::conv_transpose_shuffle: a weight of shape ", weight.sizes(), " does not fit an input of shape ", x.sizes());
    for (int64_t k = 2; k < weight.dim(); ++k) {
        TORCH_CHECK(weight.size(k) == 2, "segsharp::conv_transpose_shuffle: the kernel must be 2 in every direction, got shape ", weight.sizes());
    }
    int64_t channels = weight.size(1), corners = n == 2 ? 4 : 8;

    // [in, out, 2, 2(, 2)] -> [corner * out, in, 1, 1(, 1)]: corners outermost, so that each corner's channels lie together.
    std::vector<int64_t> order;
    for (int64_t k = 2; k < weight.dim(); ++k) order.push_back(k);
    order.push_back(1);
    order.push_back(0);
    std::vector<int64_t> kernel(static_cast<size_t>(n) + 2, 1);
    kernel[0] = corners * channels;
    kernel[1] = weight.size(0);
    auto pointwise = weight.permute(order).reshape(kernel);
    compatibility::optional<at::Tensor> repeated;
    if (bias.has_value() && bias->defined()) repeated = bias->repeat({corners});

    std::vector<int64_t> ones(static_cast<size_t>(n), 1), zeros(static_cast<size_t>(n), 0);
    auto y = convolution::conv(x, pointwise, repeated, ones, zeros, ones, 1);

    // [N, 2, 2(, 2), out, (D,) H, W] -> [N, out, (D, 2,) H, 2, W, 2]
    auto format = x.suggest_memory_format();
    std::vector<int64_t> split{y.size(0)}, interleave{0, n + 1}, sizes{y.size(0), channels};
    for (int64_t k = 0; k < n; ++k) split.push_back(2);
    split.push_back(channels);
    for (int64_t k = 0; k < n; ++k) {
        split.push_back(y.size(k + 2));
        interleave.push_back(n + 2 + k);
        interleave.push_back(1 + k);
        sizes.push_back(2 * y.size(k + 2));
    }
    auto corners_apart = y.reshape(split).permute(interleave);
    if (format == c10::MemoryFormat::Contiguous) return corners_apart.reshape(sizes);

    // Channels last: copy once, in the order of the result's memory.
    std::vector<int64_t> memory_order{0};
    for (int64_t k = 2; k < corners_apart.dim(); ++k) memory_order.push_back(k);
    memory_order.push_back(1);
    std::vector<int64_t> memory_sizes{sizes[0]};
    for (int64_t k = 0; k < n; ++k) memory_sizes.push_back(sizes[static_cast<size_t>(k) + 2]);
    memory_sizes.push_back(channels);
    std::vector<int64_t> back{0, n + 1};
    for (int64_t k = 0; k < n; ++k) back.push_back(k + 1);
    return corners_apart.permute(memory_order).reshape(memory_sizes).permute(back);
}

}  // namespace segsharp
