// Every difference between libtorch 1.13 and the current 2.x that the bridge meets, in one place.
#pragma once

#include <ATen/ATen.h>
#include <ATen/autocast_mode.h>
#include <torch/version.h>

#include <optional>

#define SEGSHARP_TORCH_AT_LEAST(major, minor) \
    (TORCH_VERSION_MAJOR > (major) || (TORCH_VERSION_MAJOR == (major) && TORCH_VERSION_MINOR >= (minor)))

namespace segsharp::compatibility {

// c10::optional became std::optional in 2.x, and its own name goes away in time.
#if SEGSHARP_TORCH_AT_LEAST(2, 5)
template <class T>
using optional = std::optional<T>;
#else
template <class T>
using optional = c10::optional<T>;
#endif

/// Autocast for one kind of device, on this thread.
inline bool is_autocast_on(c10::DeviceType device)
{
#if SEGSHARP_TORCH_AT_LEAST(2, 4)
    return at::autocast::is_autocast_enabled(device);
#else
    return device == c10::DeviceType::CUDA ? at::autocast::is_enabled() : at::autocast::is_cpu_enabled();
#endif
}

inline void set_autocast(c10::DeviceType device, bool on, c10::ScalarType dtype)
{
#if SEGSHARP_TORCH_AT_LEAST(2, 4)
    if (on) at::autocast::set_autocast_dtype(device, dtype);
    at::autocast::set_autocast_enabled(device, on);
#else
    if (device == c10::DeviceType::CUDA) {
        if (on) at::autocast::set_autocast_gpu_dtype(dtype);
        at::autocast::set_enabled(on);
    } else {
        if (on) at::autocast::set_autocast_cpu_dtype(dtype);
        at::autocast::set_cpu_enabled(on);
    }
#endif
}

}  // namespace segsharp::compatibility
