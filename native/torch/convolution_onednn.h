// Convolutions by oneDNN directly, with the algorithm chosen here: what ATen does not ask it for.
#pragma once

#include <ATen/ATen.h>

#include <atomic>
#include <memory>
#include <vector>

namespace segsharp::onednn {

/// Direct convolutions compute in the tensors' own layout where that is channels-last; blocked ones never do.
enum class Algorithm : int64_t { Direct = 0, Winograd = 1, DirectBlocked = 2 };

/// One convolution, up to the data: fp32, dilation 1, one group, "same" or any symmetric padding.
struct Shape {
    Algorithm algorithm;
    std::vector<int64_t> input;   ///< N, C, (D,) H, W
    std::vector<int64_t> weight;  ///< O, C, kernel…
    std::vector<int64_t> stride;
    std::vector<int64_t> padding;
    bool bias;
    bool channels_last;           ///< of input and output, for the direct algorithm
    int64_t threads = 0;          ///< set by `plan`: oneDNN divides the work when it makes a primitive

    bool operator<(const Shape& other) const;
    std::vector<int64_t> output() const;
};

class Plan;

/// How to compute this convolution, or null when oneDNN refuses it (or the bridge was built without oneDNN).
/// Plans are cached; the cache is bounded.
std::shared_ptr<Plan> plan(const Shape& shape);

/// What flows between convolutions: an ordinary tensor, or memory in oneDNN's layout of channels in blocks of sixteen,
/// [N, C/16, (D,) H, W, 16], where a chain of convolutions needs no copies.
struct Activation {
    Activation(const at::Tensor& tensor) : data(tensor), sizes(tensor.sizes().vec()), blocked(false) {}
    Activation(at::Tensor storage, std::vector<int64_t> sizes) : data(std::move(storage)), sizes(std::move(sizes)), blocked(true) {}

    at::Tensor data;
    std::vector<int64_t> sizes;  ///< N, C, (D,) H, W
    bool blocked;
};

/// Memory for such an activation.
at::Tensor empty_blocked(at::IntArrayRef sizes);
/// Whether this plan computes blocked results. Copies are made for whatever else it wants in another layout.
bool gives_blocked(Plan& plan);

/// `bias` may be undefined. A result that is not blocked has the memory format that the shape says.
Activation forward(Plan& plan, const Activation& x, const at::Tensor& weight, const at::Tensor& bias, bool blocked = false);
Activation backward_data(Plan& plan, const Activation& grad, const at::Tensor& weight, bool blocked = false);
/// Gradients of weight and bias; the second is undefined without a bias.
std::pair<at::Tensor, at::Tensor> backward_weights(Plan& plan, const Activation& grad, const Activation& x, const at::Tensor& weight);
/// Fills `to` from a blocked activation.
void unblock(const Activation& from, const at::Tensor& to);
/// Fills a blocked activation from a tensor.
void block(const at::Tensor& from, const Activation& to);

bool has_winograd();

/// Winograd convolutions computed: forward, by data and by weights each count one.
extern std::atomic<int64_t> winograd_calls;

}  // namespace segsharp::onednn
