// segsharp::conv_block: convolution, batch normalisation and ReLU, once or several times, as one operator.
//
// libtorch keeps, for the gradient, the output of each convolution and that of each ReLU. Here only the convolutions' outputs
// are kept, with the mean and deviation of each channel; what ReLU let through is computed again from them when the gradient
// needs it. Inside the block the activations stay in oneDNN's layout, so normalisation reads and writes what the convolutions
// wrote and read, and nothing is reordered in between. Numbers and parameters are those of the separate operators.
#include "conv_block.h"
#include "blocked_norm.h"
#include "compatibility.h"
#include "convolution.h"
#include "convolution_choice.h"
#include "environment_variables.h"

#include <torch/csrc/autograd/custom_function.h>

#include <atomic>
#include <cmath>

namespace segsharp::convolution {
namespace {

using onednn::Activation;
using onednn::Shape;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

std::atomic<bool> fused{environment_variable("SEGSHARP_FUSED_BLOCKS", 1) != 0};
std::atomic<int64_t> fused_count{0};

blocked::Grid grid_of(at::IntArrayRef sizes)
{
    int64_t positions = 1;
    for (size_t k = 2; k < sizes.size(); ++k) positions *= sizes[k];
    return {sizes[0], sizes[1] / 16, positions};
}

/// Per channel and in this order: mean, 1 / deviation, and what x is multiplied with and moved by.
struct Affine {
    explicit Affine(int64_t channels) : data(at::empty({4, channels}, at::kFloat)) {}
    explicit Affine(at::Tensor saved) : data(std::move(saved)) {}

    float* row(int64_t k) const { return data.data_ptr<float>() + k * data.size(1); }
    float* mean() const { return row(0); }
    float* inverse_deviation() const { return row(1); }
    float* scale() const { return row(2); }
    float* shift() const { return row(3); }

    at::Tensor data;
};

struct Settings {
    std::vector<Shape> shapes;
    std::vector<std::shared_ptr<onednn::Plan>> plans;
    bool training, normalised, with_bias;
    double momentum, epsilon;
    std::vector<at::Tensor> means, variances;  // running, changed in training
    size_t count() const { return shapes.size(); }
};

/// Moves the running statistics and says by what the convolution's output is scaled and shifted.
Affine normalise(const Settings& settings, size_t k, const Activation& y, const at::Tensor& gamma, const at::Tensor& beta)
{
    auto grid = grid_of(y.sizes);
    int64_t channels = grid.channels();
    Affine affine(channels);
    if (!settings.normalised) {
        std::fill_n(affine.mean(), channels, 0.f);
        std::fill_n(affine.inverse_deviation(), channels, 1.f);
        std::fill_n(affine.scale(), channels, 1.f);
        std::fill_n(affine.shift(), channels, 0.f);
        return affine;
    }
    std::vector<double> mean(static_cast<size_t>(channels)), variance(static_cast<size_t>(channels));
    auto *running_mean = settings.means[k].data_ptr<float>(), *running_variance = settings.variances[k].data_ptr<float>();
    if (settings.training) {
        blocked::statistics(grid, y.data.data_ptr<float>(), mean.data(), variance.data());
        auto n = static_cast<double>(grid.images * grid.positions);
        for (int64_t c = 0; c < channels; ++c) {
            auto at = static_cast<size_t>(c);
            running_mean[c] = static_cast<float>(settings.momentum * mean[at] + (1 - settings.momentum) * running_mean[c]);
            running_variance[c] = static_cast<float>(settings.momentum * (variance[at] * n / (n - 1)) + (1 - settings.momentum) * running_variance[c]);
        }
        for (const auto* t : {&settings.means[k], &settings.variances[k]}) t->unsafeGetTensorImpl()->bump_version();
    } else {
        std::copy_n(running_mean, channels, mean.begin());
        std::copy_n(running_variance, channels, variance.begin());
    }
    const auto *weight = gamma.data_ptr<float>(), *bias = beta.data_ptr<float>();
    for (int64_t c = 0; c < channels; ++c) {
        auto at = static_cast<size_t>(c);
        affine.mean()[c] = static_cast<float>(mean[at]);
        affine.inverse_deviation()[c] = static_cast<float>(1 / std::sqrt(variance[at] + settings.epsilon));
        affine.scale()[c] = affine.inverse_deviation()[c] * weight[c];
        affine.shift()[c] = static_cast<float>(bias[c] - mean[at] * affine.scale()[c]);
    }
    return affine;
}

Activation activate(const Activation& y, const Affine& affine, bool in_place)
{
    Activation a(in_place ? y.data : onednn::empty_blocked(y.sizes), y.sizes);
    blocked::scale_shift_relu(grid_of(y.sizes), y.data.data_ptr<float>(), affine.scale(), affine.shift(), a.data.data_ptr<float>(), blocked::Layout::Blocked);
    return a;
}

class ConvBlock : public torch::autograd::Function<ConvBlock> {
public:
    static at::Tensor forward(AutogradContext* context, const at::Tensor& x, at::TensorList weights, at::TensorList biases,
        at::TensorList gammas, at::TensorList betas, const std::shared_ptr<Settings>& settings, bool keep)
    {
        fused_count.fetch_add(1, std::memory_order_relaxed);
        size_t n = settings->count();
        variable_list saved{x};
        for (const auto& weight : weights) saved.push_back(weight);
        Activation a(x);
        at::Tensor result;
        for (size_t k = 0; k < n; ++k) {
            auto y = onednn::forward(*settings->plans[k], a, weights[k], settings->with_bias ? biases[k] : at::Tensor(), true);
            a.data.reset();
            auto affine = normalise(*settings, k, y, settings->normalised ? gammas[k] : at::Tensor(), settings->normalised ? betas[k] : at::Tensor());
            if (keep) {
                saved.push_back(y.data);
                saved.push_back(affine.data);
            }
            if (k + 1 < n) {
                a = activate(y, affine, /*in_place*/ !keep);
                continue;
            }
            bool last = settings->shapes[0].channels_last;
            auto format = !last ? at::MemoryFormat::Contiguous : y.sizes.size() == 5 ? at::MemoryFormat::ChannelsLast3d : at::MemoryFormat::ChannelsLast;
            result = at::empty(y.sizes, x.options().memory_format(format));
            if (last) {
                blocked::scale_shift_relu(grid_of(y.sizes), y.data.data_ptr<float>(), affine.scale(), affine.shift(), result.data_ptr<float>(), blocked::Layout::ChannelsLast);
            } else {
                onednn::unblock(activate(y, affine, /*in_place*/ !keep), result);
            }
        }
        if (keep) {
            context->save_for_backward(saved);
            context->saved_data["settings"] = at::IValue::make_capsule(c10::make_intrusive<Held>(settings));
        }
        return result;
    }

    static variable_list backward(AutogradContext* context, variable_list gradients)
    {
        auto held = context->saved_data["settings"].toCapsule();
        const auto& settings = *static_cast<Held*>(held.get())->settings;
        auto saved = context->get_saved_variables();
        size_t n = settings.count();
        const auto& x = saved[0];
        auto weight = [&](size_t k) -> const at::Tensor& { return saved[1 + k]; };
        auto output = [&](size_t k) { return Activation(saved[1 + n + 2 * k], settings.shapes[k].output()); };
        auto affine = [&](size_t k) { return Affine(saved[2 + n + 2 * k]); };

        size_t biases = settings.with_bias ? n : 0, norms = settings.normalised ? n : 0;
        variable_list result(1 + n + biases + 2 * norms + 2);
        bool last = settings.shapes[0].channels_last;
        auto format = !last ? at::MemoryFormat::Contiguous : x.dim() == 5 ? at::MemoryFormat::ChannelsLast3d : at::MemoryFormat::ChannelsLast;
        auto dy = gradients[0].contiguous(format);
        gradients.clear();
        Activation grad = last ? Activation(dy) : blocked_copy(dy, settings.shapes[n - 1].output());
        dy.reset();

        for (size_t k = n; k-- > 0;) {
            auto y = output(k);
            auto a = affine(k);
            auto d = through_norm(settings, y, a, grad, result, k, 1 + n + biases, norms);
            grad.data.reset();
            auto plan = settings.plans[k];
            bool weight_needed = context->needs_input_grad(1 + k) || (biases > 0 && context->needs_input_grad(1 + n + k));
            if (weight_needed) {
                auto input = k == 0 ? Activation(x) : activate(output(k - 1), affine(k - 1), false);
                auto [dw, db] = onednn::backward_weights(*plan, d, input, weight(k));
                result[1 + k] = dw;
                if (biases > 0) result[1 + n + k] = db;
            }
            if (k > 0) {
                grad = onednn::backward_data(*plan, d, weight(k), true);
            } else if (context->needs_input_grad(0)) {
                result[0] = onednn::backward_data(*plan, d, weight(k)).data;
            }
        }
        return result;
    }

private:
    struct Held : torch::CustomClassHolder {
        explicit Held(std::shared_ptr<Settings> s) : settings(std::move(s)) {}
        std::shared_ptr<Settings> settings;
    };

    static Activation blocked_copy(const at::Tensor& tensor, const std::vector<int64_t>& sizes)
    {
        Activation copy(onednn::empty_blocked(sizes), sizes);
        onednn::block(tensor, copy);
        return copy;
    }

    /// The gradient before normalisation and ReLU; gradients of gamma and beta go into `result`.
    static Activation through_norm(const Settings& settings, const Activation& y, const Affine& affine, const Activation& grad,
        variable_list& result, size_t k, size_t first_gamma, size_t norms)
    {
        auto grid = grid_of(y.sizes);
        auto layout = grad.blocked ? blocked::Layout::Blocked : blocked::Layout::ChannelsLast;
        auto channels = static_cast<size_t>(grid.channels());
        const auto *values = y.data.data_ptr<float>(), *dy = grad.data.data_ptr<float>();
        std::vector<float> a(affine.scale(), affine.scale() + channels), b(channels, 0.f), c(channels, 0.f);
        if (settings.normalised) {
            std::vector<double> sum(channels), dot(channels);
            blocked::backward_sums(grid, values, affine.scale(), affine.shift(), affine.mean(), dy, layout, sum.data(), dot.data());
            auto count = static_cast<double>(grid.images * grid.positions);
            auto dgamma = at::empty({grid.channels()}, at::kFloat), dbeta = at::empty({grid.channels()}, at::kFloat);
            for (size_t i = 0; i < channels; ++i) {
                double inverse = affine.inverse_deviation()[i];
                dgamma.data_ptr<float>()[i] = static_cast<float>(dot[i] * inverse);
                dbeta.data_ptr<float>()[i] = static_cast<float>(sum[i]);
                if (settings.training) {
                    b[i] = static_cast<float>(-a[i] * inverse * inverse * dot[i] / count);
                    c[i] = static_cast<float>(-a[i] * sum[i] / count);
                }
            }
            result[first_gamma + k] = dgamma;
            result[first_gamma + norms + k] = dbeta;
        }
        Activation d(grad.blocked ? grad.data : onednn::empty_blocked(y.sizes), y.sizes);
        blocked::backward(grid, values, affine.scale(), affine.shift(), affine.mean(), dy, layout, a.data(), b.data(), c.data(), d.data.data_ptr<float>());
        return d;
    }
};

/// Settings for the fused way, or null where it is not possible.
std::shared_ptr<Settings> settle(const at::Tensor& x, at::TensorList weights, at::TensorList biases, at::TensorList gammas, at::TensorList betas,
    at::TensorList means, at::TensorList variances, bool training, double momentum, double epsilon)
{
    if (!fused || compatibility::is_autocast_on(c10::DeviceType::CPU)) return nullptr;
    auto settings = std::make_shared<Settings>();
    settings->training = training;
    settings->normalised = !gammas.empty();
    settings->with_bias = !biases.empty();
    settings->momentum = momentum;
    settings->epsilon = epsilon;
    settings->means = means.vec();
    settings->variances = variances.vec();
    auto is_vector = [](const at::Tensor& t, int64_t channels) { return is_dense_fp32(t) && t.dim() == 1 && t.size(0) == channels && t.is_contiguous(); };
    if (!is_dense_fp32(x) || x.dim() < 4 || x.dim() > 5) return nullptr;
    auto sizes = x.sizes().vec();
    // As in libtorch's convolutions, the format of either side decides; one channel alone says nothing.
    bool last = is_channels_last(x);
    for (const auto& weight : weights) last = last || is_channels_last(weight);
    for (size_t k = 0; k < weights.size(); ++k) {
        const auto& weight = weights[k];
        if (!is_dense_fp32(weight) || weight.dim() != x.dim() || weight.size(1) != sizes[1] || weight.size(0) % 16 != 0) return nullptr;
        if (settings->with_bias && !is_vector(biases[k], weight.size(0))) return nullptr;
        if (settings->normalised) {
            for (const auto* t : {&gammas[k], &betas[k], &means[k], &variances[k]}) {
                if (!is_vector(*t, weight.size(0))) return nullptr;
            }
        }
        Shape shape{onednn::Algorithm::Direct, sizes, weight.sizes().vec(), {}, {}, settings->with_bias, last};
        for (int64_t d = 2; d < weight.dim(); ++d) {
            if (weight.size(d) % 2 == 0) return nullptr;
            shape.stride.push_back(1);
            shape.padding.push_back(weight.size(d) / 2);
        }
        auto plan = choose_blocked(shape);
        if (plan == nullptr || !onednn::gives_blocked(*plan)) return nullptr;
        sizes = shape.output();
        settings->shapes.push_back(std::move(shape));
        settings->plans.push_back(std::move(plan));
    }
    int64_t values = sizes[0];
    for (size_t k = 2; k < sizes.size(); ++k) values *= sizes[k];
    return training && settings->normalised && values < 2 ? nullptr : settings;  // libtorch has the message for one value per channel
}

}  // namespace

bool fused_switch() { return fused; }
void set_fused_switch(bool on) { fused = on; }
int64_t fused_calls() { return fused_count; }
void reset_fused_calls() { fused_count = 0; }

at::Tensor conv_block(const at::Tensor& x, at::TensorList weights, at::TensorList biases, at::TensorList gammas, at::TensorList betas,
    at::TensorList means, at::TensorList variances, bool training, double momentum, double epsilon)
{
    size_t n = weights.size();
    TORCH_CHECK(n > 0, "segsharp::conv_block: there is no weight");
    TORCH_CHECK(biases.empty() || biases.size() == n, "segsharp::conv_block: ", n, " weights need ", n, " biases or none, got ", biases.size());
    TORCH_CHECK((gammas.empty() && betas.empty() && means.empty() && variances.empty())
            || (gammas.size() == n && betas.size() == n && means.size() == n && variances.size() == n),
        "segsharp::conv_block: ", n, " weights need as many gammas, betas, means and variances, or none; got ",
        gammas.size(), ", ", betas.size(), ", ", means.size(), " and ", variances.size());

    if (auto settings = settle(x, weights, biases, gammas, betas, means, variances, training, momentum, epsilon)) {
        bool keep = at::GradMode::is_enabled() && x.requires_grad();
        for (auto list : {weights, biases, gammas, betas}) {
            for (const auto& t : list) keep = keep || (at::GradMode::is_enabled() && t.requires_grad());
        }
        std::vector<at::Tensor> dense_weights;
        for (const auto& weight : weights) dense_weights.push_back(dense(weight));
        return ConvBlock::apply(dense(x), at::TensorList(dense_weights), biases, gammas, betas, settings, keep);
    }

    auto y = x;
    for (size_t k = 0; k < n; ++k) {
        std::vector<int64_t> ones(static_cast<size_t>(weights[k].dim()) - 2, 1), padding;
        for (int64_t d = 2; d < weights[k].dim(); ++d) padding.push_back(weights[k].size(d) / 2);
        y = conv(y, weights[k], biases.empty() ? compatibility::optional<at::Tensor>() : biases[k], ones, padding, ones, 1);
        if (!gammas.empty()) y = at::batch_norm(y, gammas[k], betas[k], means[k], variances[k], training, momentum, epsilon, true);
        y = at::relu_(y);
    }
    return y;
}

}  // namespace segsharp::convolution
