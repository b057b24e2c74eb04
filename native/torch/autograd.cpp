// Gradients, and the modes of a thread that go with them.
#include "compatibility.h"
#include "handles.h"

#include <c10/core/GradMode.h>
#include <torch/csrc/autograd/autograd.h>

using namespace segsharp;

int32_t sg_set_requires_grad(sg_tensor t, int32_t on)
{
    return guarded([&] { borrow_defined(t, "sg_set_requires_grad").set_requires_grad(on != 0); });
}

int32_t sg_requires_grad(sg_tensor t)
{
    int32_t answer = 0;
    if (t == nullptr) return answer;
    guarded([&] { answer = borrow(t).requires_grad() ? 1 : 0; });
    return answer;
}

int32_t sg_grad(sg_tensor t, sg_tensor* out)
{
    return guarded([&] {
        require(out, "sg_grad", "out");
        *out = nullptr;
        auto tensor = borrow_defined(t, "sg_grad");
        at::Tensor grad = tensor.is_leaf() || tensor.retains_grad() ? tensor.grad() : at::Tensor();
        *out = give(std::move(grad));
    });
}

int32_t sg_set_grad(sg_tensor t, sg_tensor grad)
{
    return guarded([&] {
        auto tensor = borrow_defined(t, "sg_set_grad");
        auto value = borrow(grad);
        if (value.defined()) {
            TORCH_CHECK(value.sizes() == tensor.sizes(), "a gradient of shape ", value.sizes(),
                " cannot belong to a tensor of shape ", tensor.sizes());
            TORCH_CHECK(value.device() == tensor.device(), "a gradient on ", value.device(),
                " cannot belong to a tensor on ", tensor.device());
        }
        tensor.mutable_grad() = std::move(value);
    });
}

int32_t sg_backward(sg_tensor t, sg_tensor grad, int32_t retain_graph)
{
    return guarded([&] {
        auto tensor = borrow_defined(t, "sg_backward");
        torch::autograd::variable_list gradients;
        if (grad != nullptr) gradients.push_back(borrow(grad));
        torch::autograd::backward({std::move(tensor)}, gradients, retain_graph != 0);
    });
}

int32_t sg_set_grad_mode(int32_t on)
{
    int32_t before = c10::GradMode::is_enabled() ? 1 : 0;
    guarded([&] { c10::GradMode::set_enabled(on != 0); });
    return before;
}

int32_t sg_set_autocast(int32_t device_type, int32_t on, int32_t dtype)
{
    return guarded([&] {
        auto device = static_cast<c10::DeviceType>(device_type);
        if (device != c10::DeviceType::CPU && device != c10::DeviceType::CUDA) {
            throw ArgumentError("sg_set_autocast: device type " + std::to_string(device_type) + " is neither CPU (0) nor CUDA (1)");
        }
        auto type = static_cast<c10::ScalarType>(dtype);
        if (on != 0 && type != c10::ScalarType::BFloat16 && type != c10::ScalarType::Half) {
            throw ArgumentError("sg_set_autocast: dtype " + std::to_string(dtype) + " is neither bfloat16 (15) nor float16 (5)");
        }
        compatibility::set_autocast(device, on != 0, type);
        if (on == 0) at::autocast::clear_cache();
    });
}
