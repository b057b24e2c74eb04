// segsharp::conv: which way a convolution goes, and its gradient when it goes through oneDNN directly.
#include "convolution.h"
#include "convolution_choice.h"
#include "environment_variables.h"
#include "error.h"

#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <atomic>

namespace segsharp::convolution {
namespace {

using onednn::Algorithm;
using onednn::Shape;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

std::atomic<int> winograd_mode{static_cast<int>(std::clamp<int64_t>(environment_variable("SEGSHARP_WINOGRAD", 1), 0, 2))};

bool all(at::IntArrayRef values, int64_t wanted)
{
    return std::all_of(values.begin(), values.end(), [wanted](int64_t v) { return v == wanted; });
}

/// Given once for all dimensions, or for each.
std::vector<int64_t> per_dimension(at::IntArrayRef values, size_t n, const char* what)
{
    TORCH_CHECK(values.size() == n || values.size() == 1, "segsharp::conv: ", what, " needs 1 or ", n, " values, got ", values.size());
    return values.size() == n ? values.vec() : std::vector<int64_t>(n, values[0]);
}

/// Measured rule (Zen 5, forward and backward together): with fewer than 32 channels on a side the transforms of the data
/// dominate. With few tiles the transform of the weights does, and needs memory: half a gigabyte for 1024 x 1024 channels.
bool winograd_pays(const Shape& shape)
{
    int64_t tiles = shape.input[0] * ((shape.input[2] + 3) / 4) * ((shape.input[3] + 3) / 4);
    return shape.input[1] >= 32 && shape.weight[0] >= 32 && tiles >= 64;
}

bool winograd_is_asked_for(const Shape& shape)
{
    int mode = winograd_mode;
    bool three = std::all_of(shape.weight.begin() + 2, shape.weight.end(), [](int64_t k) { return k == 3; });
    return shape.stride.size() == 2 && mode > 0 && three && all(shape.stride, 1) && all(shape.padding, 1) && (mode == 2 || winograd_pays(shape));
}

class OneDnnConvolution : public torch::autograd::Function<OneDnnConvolution> {
public:
    static at::Tensor forward(AutogradContext* context, const at::Tensor& x, const at::Tensor& weight,
        const compatibility::optional<at::Tensor>& bias, const Shape& shape, const std::shared_ptr<onednn::Plan>& plan)
    {
        context->save_for_backward({x, weight});
        context->saved_data["algorithm"] = static_cast<int64_t>(shape.algorithm);
        context->saved_data["stride"] = shape.stride;
        context->saved_data["padding"] = shape.padding;
        context->saved_data["bias"] = shape.bias;
        context->saved_data["channels_last"] = shape.channels_last;
        return onednn::forward(*plan, x, weight, bias.has_value() ? *bias : at::Tensor()).data;
    }

    static variable_list backward(AutogradContext* context, variable_list gradients)
    {
        auto saved = context->get_saved_variables();
        const auto &x = saved[0], &weight = saved[1];
        bool bias = context->saved_data["bias"].toBool();
        Shape shape{static_cast<Algorithm>(context->saved_data["algorithm"].toInt()), x.sizes().vec(), weight.sizes().vec(),
            context->saved_data["stride"].toIntVector(), context->saved_data["padding"].toIntVector(), bias,
            context->saved_data["channels_last"].toBool()};
        auto plan = onednn::plan(shape);
        TORCH_CHECK(plan != nullptr, "segsharp::conv: oneDNN no longer accepts a convolution that it computed before");

        at::Tensor dx, dw, db;
        auto grad = dense(gradients[0]);
        if (context->needs_input_grad(0)) dx = onednn::backward_data(*plan, grad, weight).data;
        if (context->needs_input_grad(1) || (bias && context->needs_input_grad(2))) {
            std::tie(dw, db) = onednn::backward_weights(*plan, grad, x, weight);
        }
        return {dx, dw, db, at::Tensor(), at::Tensor(), at::Tensor()};
    }
};

/// Whether the direct way may be considered at all: dense fp32 on the CPU, outside autocast, of fitting shapes.
bool is_plain(const at::Tensor& x, const at::Tensor& weight, const compatibility::optional<at::Tensor>& bias)
{
    if (!is_dense_fp32(x) || !is_dense_fp32(weight) || x.dim() != weight.dim() || x.dim() < 4 || x.size(1) != weight.size(1)) return false;
    if (bias.has_value() && bias->defined() && (!is_dense_fp32(*bias) || bias->dim() != 1 || bias->size(0) != weight.size(0))) return false;
    return !compatibility::is_autocast_on(c10::DeviceType::CPU);
}

}  // namespace

bool is_dense_fp32(const at::Tensor& t)
{
    return t.device().is_cpu() && t.scalar_type() == at::kFloat && t.layout() == at::kStrided && t.numel() > 0;
}

at::Tensor dense(const at::Tensor& t)
{
    return t.is_non_overlapping_and_dense() ? t : t.contiguous(t.suggest_memory_format());
}

bool is_channels_last(const at::Tensor& t)
{
    auto format = t.suggest_memory_format();
    return format == c10::MemoryFormat::ChannelsLast || format == c10::MemoryFormat::ChannelsLast3d;
}

std::shared_ptr<onednn::Plan> choose(Shape& shape)
{
    if (winograd_is_asked_for(shape)) {
        shape.algorithm = Algorithm::Winograd;
        if (auto plan = onednn::plan(shape)) return plan;
    }
    // ATen sends a 3D convolution of one image to a matrix product over an unfolded copy.
    if (shape.stride.size() == 3 && shape.input[0] == 1 && winograd_mode > 0) {
        shape.algorithm = Algorithm::Direct;
        return onednn::plan(shape);
    }
    return nullptr;
}

std::shared_ptr<onednn::Plan> choose_blocked(Shape& shape)
{
    if (auto plan = choose(shape)) {
        if (shape.algorithm == Algorithm::Winograd) return plan;
    }
    shape.algorithm = Algorithm::DirectBlocked;
    return onednn::plan(shape);
}

int winograd_switch() { return winograd_mode; }
void set_winograd_switch(int value) { winograd_mode = value; }
bool winograd_is_possible() { return onednn::has_winograd(); }
int64_t winograd_calls() { return onednn::winograd_calls; }
void reset_winograd_calls() { onednn::winograd_calls = 0; }

at::Tensor conv(const at::Tensor& x, const at::Tensor& weight, const compatibility::optional<at::Tensor>& bias,
    at::IntArrayRef stride, at::IntArrayRef padding, at::IntArrayRef dilation, int64_t groups)
{
    TORCH_CHECK(weight.dim() >= 3 && weight.dim() <= 5, "segsharp::conv: the weight must have 3, 4 or 5 dimensions, got shape ", weight.sizes());
    auto n = static_cast<size_t>(weight.dim()) - 2;
    auto stride_n = per_dimension(stride, n, "stride");
    auto padding_n = per_dimension(padding, n, "padding");
    auto dilation_n = per_dimension(dilation, n, "dilation");

    if (winograd_mode > 0 && groups == 1 && all(dilation_n, 1) && is_plain(x, weight, bias)) {
        bool has_bias = bias.has_value() && bias->defined();
        Shape shape{Algorithm::Direct, x.sizes().vec(), weight.sizes().vec(), stride_n, padding_n, has_bias,
            is_channels_last(x) || is_channels_last(weight)};
        auto output = shape.output();
        if (std::all_of(output.begin(), output.end(), [](int64_t size) { return size > 0; })) {
            if (auto plan = choose(shape)) {
                auto dense_bias = has_bias ? compatibility::optional<at::Tensor>(bias->contiguous()) : compatibility::optional<at::Tensor>();
                return OneDnnConvolution::apply(dense(x), dense(weight), dense_bias, shape, plan);
            }
        }
    }
    switch (n) {
    case 1: return at::conv1d(x, weight, bias, stride_n, padding_n, dilation_n, groups);
    case 2: return at::conv2d(x, weight, bias, stride_n, padding_n, dilation_n, groups);
    default: return at::conv3d(x, weight, bias, stride_n, padding_n, dilation_n, groups);
    }
}

}  // namespace segsharp::convolution
