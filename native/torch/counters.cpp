// Switches and counters by name.
#include "allocator.h"
#include "conv_block.h"
#include "convolution.h"
#include "error.h"
#include "segsharp_torch.h"
#include "sgemm.h"

#include <string>

namespace segsharp {
namespace {

struct Switch {
    const char* name;
    int64_t lowest, highest;
    int64_t (*get)();
    void (*set)(int64_t);
};

const Switch switches[] = {
    {"sgemm", 0, 1, [] { return int64_t{sgemm::is_on()}; }, [](int64_t v) { sgemm::use(v != 0); }},
    {"winograd", 0, 2, [] { return int64_t{convolution::winograd_switch()}; }, [](int64_t v) { convolution::set_winograd_switch(static_cast<int>(v)); }},
    {"fused_blocks", 0, 1, [] { return int64_t{convolution::fused_switch()}; }, [](int64_t v) { convolution::set_fused_switch(v != 0); }},
    {"allocator", 0, 1, [] { return int64_t{allocator::in_use()}; }, [](int64_t v) { allocator::use(v != 0); }},
    {"cache_megabytes", 0, int64_t{1} << 24, [] { return allocator::cache_limit() >> 20; }, [](int64_t v) { allocator::set_cache_limit(v << 20); }},
};

struct Counter {
    const char* name;
    int64_t (*get)();
    void (*reset)();
};

const Counter counters[] = {
    {"sgemm_calls", sgemm::calls, sgemm::reset_calls},
    {"winograd_calls", convolution::winograd_calls, convolution::reset_winograd_calls},
    {"fused_calls", convolution::fused_calls, convolution::reset_fused_calls},
    {"live_bytes", [] { return allocator::statistics().live_bytes; }, nullptr},
    {"peak_bytes", [] { return allocator::statistics().peak_bytes; }, allocator::restart_peak},
    {"cached_bytes", [] { return allocator::statistics().cached_bytes; }, nullptr},
    {"allocations", [] { return allocator::statistics().allocations; }, allocator::reset_allocations},
};

template <class Entry, size_t N>
const Entry& named(const Entry (&table)[N], const char* name, const char* function, const char* kind)
{
    require(name, function, "name");
    std::string known;
    for (const auto& entry : table) {
        if (std::string(entry.name) == name) return entry;
        known += known.empty() ? "" : ", ";
        known += entry.name;
    }
    throw ArgumentError(std::string(function) + ": no " + kind + " is called '" + name + "'; there are " + known);
}

}  // namespace
}  // namespace segsharp

using namespace segsharp;

int32_t sg_set_switch(const char* name, int64_t value)
{
    return guarded([&] {
        const auto& found = named(switches, name, "sg_set_switch", "switch");
        if (value < found.lowest || value > found.highest) {
            throw ArgumentError("sg_set_switch: '" + std::string(name) + "' goes from " + std::to_string(found.lowest) + " to "
                + std::to_string(found.highest) + ", not " + std::to_string(value));
        }
        found.set(value);
    });
}

int32_t sg_switch(const char* name, int64_t* value)
{
    return guarded([&] {
        require(value, "sg_switch", "value");
        *value = named(switches, name, "sg_switch", "switch").get();
    });
}

int32_t sg_counter(const char* name, int64_t* value)
{
    return guarded([&] {
        require(value, "sg_counter", "value");
        *value = named(counters, name, "sg_counter", "counter").get();
    });
}

int32_t sg_reset_counter(const char* name)
{
    return guarded([&] {
        const auto& found = named(counters, name, "sg_reset_counter", "counter");
        if (found.reset == nullptr) throw ArgumentError("sg_reset_counter: '" + std::string(name) + "' follows the tensors that exist and cannot be reset");
        found.reset();
    });
}

int32_t sg_empty_cache(void)
{
    return guarded([] { allocator::empty_cache(); });
}
