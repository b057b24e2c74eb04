// Chance, threads and devices.
#include "handles.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <torch/cuda.h>

#include <mutex>
#include <string>

using namespace segsharp;

int32_t sg_seed(int64_t seed)
{
    return guarded([&] { at::manual_seed(static_cast<uint64_t>(seed)); });
}

int32_t sg_random_state(sg_tensor* out)
{
    return guarded([&] {
        require(out, "sg_random_state", "out");
        *out = nullptr;
        auto generator = at::detail::getDefaultCPUGenerator();
        std::lock_guard<std::mutex> lock(generator.mutex());
        *out = give(generator.get_state());
    });
}

int32_t sg_set_random_state(sg_tensor state)
{
    return guarded([&] {
        auto bytes = borrow_defined(state, "sg_set_random_state");
        auto generator = at::detail::getDefaultCPUGenerator();
        std::lock_guard<std::mutex> lock(generator.mutex());
        generator.set_state(bytes);
    });
}

int32_t sg_set_threads(int32_t n)
{
    return guarded([&] {
        if (n < 1) throw ArgumentError("sg_set_threads: at least one thread is needed, not " + std::to_string(n));
        at::set_num_threads(n);
    });
}

int32_t sg_threads(void)
{
    int32_t n = 1;
    guarded([&] { n = at::get_num_threads(); });
    return n;
}

int32_t sg_cuda_count(void)
{
    int32_t n = 0;
    guarded([&] { n = torch::cuda::is_available() ? static_cast<int32_t>(torch::cuda::device_count()) : 0; });
    return n;
}

int32_t sg_synchronize(int32_t device_type, int32_t device_index)
{
    return guarded([&] {
        if (static_cast<c10::DeviceType>(device_type) == c10::DeviceType::CUDA) torch::cuda::synchronize(device_index);
    });
}
