// Tensors: their lifetime, what they are, and how memory gets into and out of them.
#include "handles.h"

#include <algorithm>
#include <memory>
#include <string>

namespace segsharp {

std::atomic<int64_t> live_handles{0};

namespace {

c10::ScalarType checked_dtype(int32_t dtype, const char* function)
{
    if (dtype < 0 || dtype >= static_cast<int32_t>(c10::ScalarType::NumOptions)
        || dtype == static_cast<int32_t>(c10::ScalarType::Undefined)) {
        throw ArgumentError(std::string(function) + ": " + std::to_string(dtype) + " is no dtype of libtorch");
    }
    return static_cast<c10::ScalarType>(dtype);
}

c10::Device checked_device(int32_t type, int32_t index, const char* function)
{
    if (type < 0 || type >= static_cast<int32_t>(c10::COMPILE_TIME_MAX_DEVICE_TYPES)) {
        throw ArgumentError(std::string(function) + ": " + std::to_string(type) + " is no device type of libtorch");
    }
    auto kind = static_cast<c10::DeviceType>(type);
    return c10::Device(kind, static_cast<c10::DeviceIndex>(kind == c10::DeviceType::CPU ? -1 : index));
}

at::IntArrayRef checked_sizes(const int64_t* sizes, int32_t n, const char* function)
{
    if (n < 0) throw ArgumentError(std::string(function) + ": a tensor cannot have " + std::to_string(n) + " dimensions");
    if (n > 0) require(sizes, function, "sizes");
    return at::IntArrayRef(sizes, static_cast<size_t>(n));
}

/// Calls a foreign deleter exactly once, when the last copy of libtorch's own deleter goes.
class Owner {
public:
    Owner(void (*deleter)(void*), void* context) : deleter_(deleter), context_(context) {}
    Owner(const Owner&) = delete;
    Owner& operator=(const Owner&) = delete;
    ~Owner() { if (deleter_ != nullptr) deleter_(context_); }
    void disown() { deleter_ = nullptr; }

private:
    void (*deleter_)(void*);
    void* context_;
};

}  // namespace
}  // namespace segsharp

using namespace segsharp;

void sg_release(sg_tensor t)
{
    if (t == nullptr) return;
    live_handles.fetch_sub(1, std::memory_order_relaxed);
    guarded([&] { TensorPointer::reclaim(impl(t)); });
}

void sg_release_many(const sg_tensor* t, int32_t n)
{
    if (t == nullptr) return;
    for (int32_t k = 0; k < n; ++k) sg_release(t[k]);
}

int64_t sg_live_handles(void)
{
    return live_handles.load(std::memory_order_relaxed);
}

int32_t sg_dtype(sg_tensor t)
{
    return static_cast<int32_t>(t == nullptr ? c10::ScalarType::Undefined : c10::typeMetaToScalarType(impl(t)->dtype()));
}

int32_t sg_dimensions(sg_tensor t)
{
    return t == nullptr ? 0 : static_cast<int32_t>(impl(t)->dim());
}

int64_t sg_element_count(sg_tensor t)
{
    return t == nullptr ? 0 : impl(t)->numel();
}

void sg_sizes(sg_tensor t, int64_t* sizes)
{
    if (t == nullptr || sizes == nullptr) return;
    guarded([&] {
        auto from = impl(t)->sizes();
        std::copy(from.begin(), from.end(), sizes);
    });
}

int32_t sg_strides(sg_tensor t, int64_t* strides)
{
    return guarded([&] {
        require(t, "sg_strides", "t");
        require(strides, "sg_strides", "strides");
        auto from = impl(t)->strides();
        std::copy(from.begin(), from.end(), strides);
    });
}

void* sg_data(sg_tensor t)
{
    if (t == nullptr) return nullptr;
    void* data = nullptr;
    guarded([&] {
        auto* tensor = impl(t);
        if (tensor->device_type() == c10::DeviceType::CPU && tensor->has_storage()) data = borrow(t).data_ptr();
    });
    return data;
}

void sg_device(sg_tensor t, int32_t* type, int32_t* index)
{
    guarded([&] {
        c10::Device device = t == nullptr ? c10::Device(c10::DeviceType::CPU) : impl(t)->device();
        if (type != nullptr) *type = static_cast<int32_t>(device.type());
        if (index != nullptr) *index = device.has_index() ? device.index() : 0;
    });
}

int32_t sg_is_contiguous(sg_tensor t, int32_t memory_format)
{
    int32_t answer = 0;
    if (t == nullptr) return answer;
    guarded([&] { answer = impl(t)->is_contiguous(static_cast<c10::MemoryFormat>(memory_format)) ? 1 : 0; });
    return answer;
}

int32_t sg_empty(const int64_t* sizes, int32_t n, int32_t dtype, int32_t device_type, int32_t device_index, int32_t memory_format, sg_tensor* out)
{
    return guarded([&] {
        require(out, "sg_empty", "out");
        *out = nullptr;
        auto options = at::TensorOptions()
            .dtype(checked_dtype(dtype, "sg_empty"))
            .device(checked_device(device_type, device_index, "sg_empty"))
            .memory_format(static_cast<c10::MemoryFormat>(memory_format));
        *out = give(at::empty(checked_sizes(sizes, n, "sg_empty"), options));
    });
}

int32_t sg_from_memory(void* data, const int64_t* sizes, int32_t n, int32_t dtype, void (*deleter)(void*), void* context, sg_tensor* out)
{
    if (out != nullptr) *out = nullptr;
    return guarded([&] {
        require(out, "sg_from_memory", "out");
        auto shape = checked_sizes(sizes, n, "sg_from_memory");
        auto options = at::TensorOptions().dtype(checked_dtype(dtype, "sg_from_memory"));
        int64_t elements = 1;
        for (int64_t size : shape) {
            if (size < 0) throw ArgumentError("sg_from_memory: a size is negative: " + std::to_string(size));
            elements *= size;
        }
        if (elements > 0) require(data, "sg_from_memory", "data");
        // libtorch calls no deleter for a null pointer (an empty tensor); the owner's destructor does. A failure leaves the memory with the caller.
        auto owner = std::make_shared<Owner>(deleter, context);
        try {
            *out = give(at::from_blob(data, shape, [owner](void*) {}, options));
        } catch (...) {
            owner->disown();
            throw;
        }
    });
}

int32_t sg_item(sg_tensor t, double* value)
{
    return guarded([&] {
        require(value, "sg_item", "value");
        auto tensor = borrow_defined(t, "sg_item");
        if (tensor.numel() != 1) {
            throw ArgumentError("sg_item: a tensor of one element is needed, this one has " + std::to_string(tensor.numel()));
        }
        *value = tensor.item().toDouble();
    });
}
