// TorchScript: a network with its code in one file. Running it is running a program.
#include "handles.h"

#include <torch/script.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace segsharp {
namespace {

/// What an sg_script points to.
struct Script {
    static constexpr uint64_t Signature = 0x5363726970742d31;  // "Script-1"

    uint64_t signature = Signature;
    torch::jit::Module module;
};

/// What an sg_named points to: tensors with their names, in order.
struct Named {
    static constexpr uint64_t Signature = 0x4e616d65642d2d31;  // "Named--1"

    uint64_t signature = Signature;
    std::vector<std::pair<std::string, at::Tensor>> items;
};

template <class T>
T& checked(void* handle, const char* function)
{
    require(handle, function, "handle");
    auto* item = static_cast<T*>(handle);
    if (item->signature != T::Signature) throw ArgumentError(std::string(function) + ": the handle is of another kind");
    return *item;
}

const std::pair<std::string, at::Tensor>& item_of(sg_named handle, int32_t index, const char* function)
{
    auto& items = checked<Named>(handle, function).items;
    if (index < 0 || static_cast<size_t>(index) >= items.size()) {
        throw ArgumentError(std::string(function) + ": there is no tensor " + std::to_string(index));
    }
    return items[static_cast<size_t>(index)];
}

/// Tensors of a result by their way: "" for a tensor, "0" in a tuple or list, "logits" in a dictionary, "low.1" one inside another.
void flatten(const c10::IValue& value, const std::string& path, Named& into)
{
    auto below = [&](const std::string& step) { return path.empty() ? step : path + '.' + step; };
    if (value.isTensor()) {
        into.items.emplace_back(path, value.toTensor());
    } else if (value.isTuple()) {
        size_t i = 0;
        for (const auto& element : value.toTupleRef().elements()) flatten(element, below(std::to_string(i++)), into);
    } else if (value.isList()) {
        size_t i = 0;
        for (const auto& element : value.toListRef()) flatten(element, below(std::to_string(i++)), into);
    } else if (value.isGenericDict()) {
        for (const auto& entry : value.toGenericDict()) {
            const auto& key = entry.key();
            flatten(entry.value(), below(key.isString() ? key.toStringRef() : key.isInt() ? std::to_string(key.toInt()) : "?"), into);
        }
    } else if (!value.isNone()) {
        throw ArgumentError("the model gives a value of type " + value.tagKind() + (path.empty() ? "" : " at '" + path + "'")
            + "; a tensor, or a tuple, list or dictionary of them was expected");
    }
}

}  // namespace
}  // namespace segsharp

using namespace segsharp;

int32_t sg_script_load(const char* path, sg_script* out)
{
    return guarded([&] {
        require(path, "sg_script_load", "path");
        require(out, "sg_script_load", "out");
        *out = nullptr;
        auto script = std::make_unique<Script>();
        script->module = torch::jit::load(path, torch::Device(torch::kCPU));
        script->module.eval();
        *out = script.release();
    });
}

void sg_script_release(sg_script script)
{
    delete static_cast<Script*>(script);
}

int32_t sg_script_to(sg_script script, int32_t device_type, int32_t device_index)
{
    return guarded([&] {
        auto kind = static_cast<c10::DeviceType>(device_type);
        checked<Script>(script, "sg_script_to").module.to(
            c10::Device(kind, static_cast<c10::DeviceIndex>(kind == c10::DeviceType::CPU ? -1 : device_index)));
    });
}

int32_t sg_script_state(sg_script script, sg_named* out)
{
    return guarded([&] {
        require(out, "sg_script_state", "out");
        *out = nullptr;
        const auto& module = checked<Script>(script, "sg_script_state").module;
        auto named = std::make_unique<Named>();
        for (const auto& item : module.named_parameters(true)) named->items.emplace_back(item.name, item.value);
        for (const auto& item : module.named_buffers(true)) named->items.emplace_back(item.name, item.value);
        *out = named.release();
    });
}

int32_t sg_script_forward(sg_script script, const sg_tensor* inputs, int32_t n, sg_named* out)
{
    return guarded([&] {
        require(out, "sg_script_forward", "out");
        *out = nullptr;
        if (n < 0) throw ArgumentError("sg_script_forward: a model cannot have " + std::to_string(n) + " inputs");
        if (n > 0) require(inputs, "sg_script_forward", "inputs");
        auto& module = checked<Script>(script, "sg_script_forward").module;
        std::vector<c10::IValue> values;
        values.reserve(static_cast<size_t>(n));
        for (int32_t k = 0; k < n; ++k) values.emplace_back(borrow_defined(inputs[k], "sg_script_forward"));
        auto named = std::make_unique<Named>();
        flatten(module.forward(std::move(values)), "", *named);
        *out = named.release();
    });
}

int32_t sg_named_count(sg_named named)
{
    return named == nullptr ? 0 : static_cast<int32_t>(static_cast<Named*>(named)->items.size());
}

int32_t sg_named_name(sg_named named, int32_t index, char* utf8, int32_t capacity, int32_t* length)
{
    return guarded([&] { copy_text(item_of(named, index, "sg_named_name").first, utf8, capacity, length, "sg_named_name"); });
}

int32_t sg_named_tensor(sg_named named, int32_t index, sg_tensor* out)
{
    return guarded([&] {
        require(out, "sg_named_tensor", "out");
        auto tensor = item_of(named, index, "sg_named_tensor").second;
        *out = give(std::move(tensor));
    });
}

void sg_named_release(sg_named named)
{
    delete static_cast<Named*>(named);
}
