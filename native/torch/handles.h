// A handle is the raw pointer of a TensorImpl and owns one reference; the undefined tensor is null.
#pragma once

#include "error.h"
#include "segsharp_torch.h"

#include <ATen/ATen.h>

#include <atomic>

namespace segsharp {

using TensorPointer = c10::intrusive_ptr<c10::TensorImpl, c10::UndefinedTensorImpl>;

/// Handles given out and not yet released.
extern std::atomic<int64_t> live_handles;

inline c10::TensorImpl* impl(sg_tensor handle)
{
    return static_cast<c10::TensorImpl*>(handle);
}

/// Another reference to the handle's tensor; the handle stays as it is.
inline at::Tensor borrow(sg_tensor handle)
{
    return handle == nullptr ? at::Tensor() : at::Tensor(TensorPointer::unsafe_reclaim_from_nonowning(impl(handle)));
}

/// As `borrow`, but a null handle is a wrong argument.
inline at::Tensor borrow_defined(sg_tensor handle, const char* function)
{
    require(handle, function, "t");
    return borrow(handle);
}

/// Turns a tensor into a handle that the caller must release.
inline sg_tensor give(at::Tensor&& tensor)
{
    if (!tensor.defined()) return nullptr;
    live_handles.fetch_add(1, std::memory_order_relaxed);
    return tensor.unsafeReleaseTensorImpl();
}

}  // namespace segsharp
