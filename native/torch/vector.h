// Sixteen floats at a time, and functions compiled for several processors at once.
#pragma once

namespace segsharp {

/// Sixteen floats at any address. GCC and Clang turn the arithmetic into whatever registers the processor has.
typedef float Sixteen __attribute__((vector_size(64), aligned(4), may_alias));
typedef int SixteenInts __attribute__((vector_size(64), aligned(4), may_alias));

}  // namespace segsharp

// One version for AVX-512, one for AVX2, one for the rest; the loader picks.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define SEGSHARP_EACH_PROCESSOR __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define SEGSHARP_EACH_PROCESSOR
#endif
