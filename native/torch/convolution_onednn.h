// Convolutions by oneDNN directly, with the algorithm chosen here: what ATen does not ask it for.
#pragma once

#include <ATen/ATen.h>

#include <atomic>
#include <memory>
#include <vector>

namespace segsharp::onednn {

enum class Algorithm : int64_t { Direct = 0, Winograd = 1 };

/// One convolution, up to the data: fp32, dilation 1, one group, "same" or any symmetric padding.
struct Shape {
    Algorithm algorithm;
    std::vector<int64_t> input;   ///< N, C, (D,) H, W
    std::vector<int64_t> weight;  ///< O, C, kernel…
    std::vector<int64_t> stride;
    std::vector<int64_t> padding;
    bool bias;
    bool channels_last;           ///< of input and output, for the direct algorithm

    bool operator<(const Shape& other) const;
    std::vector<int64_t> output() const;
};

class Plan;

/// How to compute this convolution, or null when oneDNN refuses it (or the bridge was built without oneDNN).
/// Plans are cached; the cache is bounded.
std::shared_ptr<Plan> plan(const Shape& shape);

/// `bias` may be undefined. The result has the memory format that the shape says.
at::Tensor forward(Plan& plan, const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias, bool training);
at::Tensor backward_data(Plan& plan, const at::Tensor& grad, const at::Tensor& weight);
/// Gradients of weight and bias; the second is undefined without a bias.
std::pair<at::Tensor, at::Tensor> backward_weights(Plan& plan, const at::Tensor& grad, const at::Tensor& x, const at::Tensor& weight);

bool has_winograd();

/// Winograd convolutions computed: forward, by data and by weights each count one.
extern std::atomic<int64_t> winograd_calls;

}  // namespace segsharp::onednn
