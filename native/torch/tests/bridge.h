// The ABI as a test wants to write it: handles that release themselves, calls by name, failures that throw.
#pragma once

#include "check.h"
#include "segsharp_torch.h"

#include <ATen/ATen.h>

#include <string>
#include <utility>
#include <vector>

inline void done(int32_t status)
{
    if (status != 0) throw std::runtime_error("status " + std::to_string(status) + ": " + sg_error());
}

class Handle {
public:
    Handle() = default;
    explicit Handle(sg_tensor t) : t_(t) {}
    Handle(Handle&& other) noexcept : t_(std::exchange(other.t_, nullptr)) {}
    Handle& operator=(Handle&& other) noexcept
    {
        std::swap(t_, other.t_);
        return *this;
    }
    ~Handle() { sg_release(t_); }

    sg_tensor get() const { return t_; }
    sg_tensor* out() { return &t_; }
    float* data() const { return static_cast<float*>(sg_data(t_)); }

    /// The same tensor for libtorch's own functions.
    at::Tensor tensor() const
    {
        using Pointer = c10::intrusive_ptr<c10::TensorImpl, c10::UndefinedTensorImpl>;
        return t_ == nullptr ? at::Tensor() : at::Tensor(Pointer::unsafe_reclaim_from_nonowning(static_cast<c10::TensorImpl*>(t_)));
    }

private:
    sg_tensor t_ = nullptr;
};

inline sg_argument none() { return {SG_NONE, 0, {0}}; }
inline sg_argument of(sg_tensor t)
{
    sg_argument a{SG_TENSOR, 0, {0}};
    a.pointer = t;
    return a;
}
inline sg_argument of(const Handle& t) { return of(t.get()); }
inline sg_argument of(const at::Tensor& t) { return of(static_cast<sg_tensor>(t.defined() ? t.unsafeGetTensorImpl() : nullptr)); }
inline sg_argument of(int value) { return {SG_INT, 0, {value}}; }
inline sg_argument of(int64_t value) { return {SG_INT, 0, {value}}; }
inline sg_argument of(bool value) { return {SG_BOOL, 0, {value}}; }
inline sg_argument of(double value)
{
    sg_argument a{SG_DOUBLE, 0, {0}};
    a.number = value;
    return a;
}
inline sg_argument list(int32_t tag, const void* items, size_t n)
{
    sg_argument a{tag, static_cast<int32_t>(n), {0}};
    a.pointer = const_cast<void*>(items);
    return a;
}
inline sg_argument of(const std::vector<int64_t>& values) { return list(SG_INTS, values.data(), values.size()); }
inline sg_argument of(const std::vector<double>& values) { return list(SG_DOUBLES, values.data(), values.size()); }
inline sg_argument of(const std::string& text) { return list(SG_STRING, text.data(), text.size()); }
inline sg_argument of(const std::vector<sg_tensor>& tensors) { return list(SG_TENSORS, tensors.data(), tensors.size()); }

inline sg_operator find(const char* name, const char* overload = "")
{
    sg_operator op = nullptr;
    done(sg_find(name, overload, &op));
    return op;
}

inline std::vector<sg_argument> call_many(sg_operator op, const std::vector<sg_argument>& arguments)
{
    sg_argument results[16];
    int32_t count = 0;
    done(sg_call(op, arguments.data(), static_cast<int32_t>(arguments.size()), results, 16, &count));
    return {results, results + count};
}

inline Handle call(sg_operator op, const std::vector<sg_argument>& arguments)
{
    auto results = call_many(op, arguments);
    VERIFY_EQUAL(size_t{1}, results.size());
    VERIFY_EQUAL(static_cast<int32_t>(SG_TENSOR), results[0].tag);
    return Handle(results[0].pointer);
}

inline Handle call(const char* name, const char* overload, const std::vector<sg_argument>& arguments)
{
    return call(find(name, overload), arguments);
}

/// A new fp32 tensor of these values.
inline Handle tensor_of(const std::vector<float>& values, const std::vector<int64_t>& sizes)
{
    Handle t;
    done(sg_empty(sizes.data(), static_cast<int32_t>(sizes.size()), 6, 0, 0, 0, t.out()));
    std::copy(values.begin(), values.end(), t.data());
    return t;
}

inline int64_t counter(const char* name)
{
    int64_t value = 0;
    done(sg_counter(name, &value));
    return value;
}

/// Sets a switch and puts it back.
class Switch {
public:
    Switch(const char* name, int64_t value) : name_(name)
    {
        done(sg_switch(name, &before_));
        done(sg_set_switch(name, value));
    }
    Switch(const Switch&) = delete;
    ~Switch() { sg_set_switch(name_, before_); }

private:
    const char* name_;
    int64_t before_ = 0;
};

/// The largest difference, in units of the largest reference value.
inline double relative_error(const at::Tensor& found, const at::Tensor& reference)
{
    at::NoGradGuard no_grad;
    VERIFY_EQUAL(reference.sizes(), found.sizes());
    double scale = reference.abs().max().item<double>();
    return (found - reference).abs().max().item<double>() / (scale > 0 ? scale : 1);
}

#define VERIFY_CLOSE(found, reference, tolerance)                                                             \
    do {                                                                                                     \
        double error_ = relative_error(found, reference);                                                    \
        if (!(error_ <= (tolerance))) {                                                                      \
            throw std::runtime_error(std::string(__FILE__) + ":" + std::to_string(__LINE__) + ": " #found    \
                " differs from " #reference " by " + std::to_string(error_ * 1e6) + "e-6");                  \
        }                                                                                                    \
    } while (false)
