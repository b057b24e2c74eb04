// Batch normalisation and ReLU on activations whose channels lie in blocks of sixteen: [N, C/16, positions, 16].
#pragma once

#include <cstdint>

namespace segsharp::blocked {

/// Where a plane of sixteen channels begins and how far its positions lie apart, so that one kernel reads and writes both the
/// blocked layout and channels-last.
struct Grid {
    int64_t images, blocks, positions;
    int64_t channels() const { return blocks * 16; }
};

enum class Layout { Blocked, ChannelsLast };

/// Mean and biased variance per channel, over images and positions. The result does not depend on the number of threads.
void statistics(const Grid& grid, const float* x, double* mean, double* variance);

/// y = max(x * scale + shift, 0); `x` is blocked, `y` may be `x` when it is blocked too.
void scale_shift_relu(const Grid& grid, const float* x, const float* scale, const float* shift, float* y, Layout layout);

/// With g = dy where x * scale + shift > 0, else 0: the sums of g and of g * (x - mean), per channel.
void backward_sums(const Grid& grid, const float* x, const float* scale, const float* shift, const float* mean,
    const float* dy, Layout layout, double* sum, double* dot);

/// dx = g * a + (x - mean) * b + c, per channel; `dx` is blocked and may be `dy` when that is blocked too.
void backward(const Grid& grid, const float* x, const float* scale, const float* shift, const float* mean,
    const float* dy, Layout layout, const float* a, const float* b, const float* c, float* dx);

}  // namespace segsharp::blocked
