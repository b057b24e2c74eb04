#pragma once

#include <cstdint>
#include <cstdlib>

namespace segsharp {

/// An integer from the environment, or `otherwise` where the variable is unset or no number.
inline int64_t environment_variable(const char* name, int64_t otherwise)
{
    const char* text = std::getenv(name);
    if (text == nullptr || *text == '\0') return otherwise;
    char* end = nullptr;
    long long value = std::strtoll(text, &end, 10);
    return *end == '\0' ? value : otherwise;
}

}  // namespace segsharp
