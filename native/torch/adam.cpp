// segsharp::adam_: Adam (Kingma & Ba 2015) and AdamW (Loshchilov & Hutter 2019), one pass over parameter, gradient and both
// moments instead of ten. The arithmetic is that of torch 1.13's single-tensor formulation, operation by operation.
#include "adam.h"
#include "vector.h"

#include <ATen/Parallel.h>

#include <cmath>

namespace segsharp {
namespace {

struct Factors {
    float decay;          // added to the gradient (Adam)
    float keep;           // multiplied to the parameter (AdamW)
    float beta1, one_minus_beta1;
    float beta2, one_minus_beta2;
    float root_correction, epsilon;
    float step_size;
};

SEGSHARP_EACH_PROCESSOR
void update(float* __restrict__ parameter, const float* __restrict__ gradient, float* __restrict__ first, float* __restrict__ second,
    int64_t begin, int64_t end, const Factors& f)
{
    for (int64_t k = begin; k < end; ++k) {
        float p = parameter[k] * f.keep;
        float g = gradient[k] + f.decay * p;
        float m = first[k] * f.beta1 + g * f.one_minus_beta1;
        float v = second[k] * f.beta2 + f.one_minus_beta2 * g * g;
        first[k] = m;
        second[k] = v;
        parameter[k] = p - f.step_size * (m / (std::sqrt(v) / f.root_correction + f.epsilon));
    }
}

bool is_dense_fp32(const at::Tensor& t)
{
    return t.device().is_cpu() && t.scalar_type() == at::kFloat && t.is_non_overlapping_and_dense();
}

}  // namespace

void adam_(at::TensorList parameters, at::TensorList gradients, at::TensorList first, at::TensorList second, int64_t step,
    double learning_rate, double beta1, double beta2, double epsilon, double decay, bool decoupled)
{
    at::NoGradGuard no_grad;
    size_t n = parameters.size();
    TORCH_CHECK(gradients.size() == n && first.size() == n && second.size() == n,
        "segsharp::adam_: the four lists must be of one length, got ", n, ", ", gradients.size(), ", ", first.size(), " and ", second.size());
    TORCH_CHECK(step >= 1, "segsharp::adam_: the first step is 1, got ", step);
    for (size_t k = 0; k < n; ++k) {
        TORCH_CHECK(gradients[k].sizes() == parameters[k].sizes() && first[k].sizes() == parameters[k].sizes()
                && second[k].sizes() == parameters[k].sizes(),
            "segsharp::adam_: parameter ", k, " of shape ", parameters[k].sizes(), " has a gradient of shape ", gradients[k].sizes(),
            " and moments of shapes ", first[k].sizes(), " and ", second[k].sizes());
    }

    double root_correction = std::sqrt(1 - std::pow(beta2, static_cast<double>(step)));
    double step_size = learning_rate / (1 - std::pow(beta1, static_cast<double>(step)));
    Factors factors{static_cast<float>(decoupled ? 0 : decay), static_cast<float>(decoupled ? 1 - learning_rate * decay : 1),
        static_cast<float>(beta1), static_cast<float>(1 - beta1), static_cast<float>(beta2), static_cast<float>(1 - beta2),
        static_cast<float>(root_correction), static_cast<float>(epsilon), static_cast<float>(step_size)};

    for (size_t k = 0; k < n; ++k) {
        auto p = parameters[k], m = first[k], v = second[k];
        if (is_dense_fp32(p) && is_dense_fp32(m) && is_dense_fp32(v) && gradients[k].device().is_cpu()
            && gradients[k].scalar_type() == at::kFloat && m.strides() == p.strides() && v.strides() == p.strides()) {
            auto g = gradients[k].strides() == p.strides() ? gradients[k] : at::empty_like(p).copy_(gradients[k]);
            auto* parameter = p.data_ptr<float>();
            auto* gradient = g.data_ptr<float>();
            auto *first_moment = m.data_ptr<float>(), *second_moment = v.data_ptr<float>();
            at::parallel_for(0, p.numel(), 16384, [&](int64_t begin, int64_t end) {
                update(parameter, gradient, first_moment, second_moment, begin, end, factors);
            });
            // The memory was written past libtorch: tell autograd and whoever keeps copies of the values.
            for (auto* t : {&p, &m, &v}) t->unsafeGetTensorImpl()->bump_version();
        } else {
            if (decoupled && decay != 0) p.mul_(1 - learning_rate * decay);
            auto g = !decoupled && decay != 0 ? gradients[k].add(p, decay) : gradients[k];
            m.mul_(beta1).add_(g, 1 - beta1);
            v.mul_(beta2).addcmul_(g, g, 1 - beta2);
            p.addcdiv_(m, v.sqrt().div_(root_correction).add_(epsilon), -step_size);
        }
    }
}

}  // namespace segsharp
