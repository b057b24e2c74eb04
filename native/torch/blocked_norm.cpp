// Batch normalisation and ReLU on blocked activations. Work is cut into pieces of one block and a run of positions; partial
// sums are kept per piece and added in one order, so results do not depend on the number of threads.
#include "blocked_norm.h"
#include "vector.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <vector>

namespace segsharp::blocked {
namespace {

constexpr int64_t Run = 512;
constexpr int64_t Short = 64;  // sums in single precision are this long at most

struct Piece {
    int64_t image, block, first, count;

    int64_t blocked(const Grid& g) const { return ((image * g.blocks + block) * g.positions + first) * 16; }
    int64_t channels_last(const Grid& g) const { return (image * g.positions + first) * g.channels() + block * 16; }
    int64_t offset(const Grid& g, Layout layout) const { return layout == Layout::Blocked ? blocked(g) : channels_last(g); }
};

/// Pieces are numbered with the block fastest: neighbours share the cache lines of channels-last memory.
Piece piece(const Grid& g, int64_t index)
{
    int64_t runs = (g.positions + Run - 1) / Run;
    int64_t block = index % g.blocks, run = index / g.blocks % runs, image = index / g.blocks / runs;
    return {image, block, run * Run, std::min(Run, g.positions - run * Run)};
}

int64_t pieces(const Grid& g)
{
    return g.images * g.blocks * ((g.positions + Run - 1) / Run);
}

template <class Body>
void for_each_piece(const Grid& g, Body body)
{
    at::parallel_for(0, pieces(g), 4, [&](int64_t begin, int64_t end) {
        for (int64_t k = begin; k < end; ++k) body(k, piece(g, k));
    });
}

int64_t step(const Grid& g, Layout layout)
{
    return layout == Layout::Blocked ? 16 : g.channels();
}

struct Moments {
    double mean[16], squares[16];  // squares: sum of squared differences from the mean
    int64_t count;
};

/// Chan, Golub and LeVeque's update for two sets of values.
void join(Moments& into, const Moments& from)
{
    auto n = static_cast<double>(into.count), m = static_cast<double>(from.count);
    for (int k = 0; k < 16; ++k) {
        double delta = from.mean[k] - into.mean[k];
        into.mean[k] += delta * (m / (n + m));
        into.squares[k] += from.squares[k] + delta * delta * (n * m / (n + m));
    }
    into.count += from.count;
}

SEGSHARP_EACH_PROCESSOR
void short_moments(const float* x, int64_t count, float* mean_out, float* squares_out)
{
    Sixteen sum = {};
    for (int64_t k = 0; k < count; ++k) sum += *reinterpret_cast<const Sixteen*>(x + 16 * k);
    Sixteen mean = sum * (1.f / static_cast<float>(count)), squares = {};
    for (int64_t k = 0; k < count; ++k) {
        Sixteen d = *reinterpret_cast<const Sixteen*>(x + 16 * k) - mean;
        squares += d * d;
    }
    *reinterpret_cast<Sixteen*>(mean_out) = mean;
    *reinterpret_cast<Sixteen*>(squares_out) = squares;
}

SEGSHARP_EACH_PROCESSOR
void apply(const float* x, float* y, int64_t count, int64_t y_step, const float* scale_in, const float* shift_in)
{
    const Sixteen scale = *reinterpret_cast<const Sixteen*>(scale_in), shift = *reinterpret_cast<const Sixteen*>(shift_in);
    const Sixteen zero = {};
    for (int64_t k = 0; k < count; ++k) {
        Sixteen v = *reinterpret_cast<const Sixteen*>(x + 16 * k) * scale + shift;
        *reinterpret_cast<Sixteen*>(y + y_step * k) = v > zero ? v : zero;
    }
}

SEGSHARP_EACH_PROCESSOR
void short_sums(const float* x, const float* dy, int64_t count, int64_t dy_step, const float* scale_in, const float* shift_in,
    const float* mean_in, float* sum_out, float* dot_out)
{
    const Sixteen scale = *reinterpret_cast<const Sixteen*>(scale_in), shift = *reinterpret_cast<const Sixteen*>(shift_in);
    const Sixteen mean = *reinterpret_cast<const Sixteen*>(mean_in), zero = {};
    Sixteen sum = {}, dot = {};
    for (int64_t k = 0; k < count; ++k) {
        Sixteen v = *reinterpret_cast<const Sixteen*>(x + 16 * k);
        Sixteen g = v * scale + shift > zero ? *reinterpret_cast<const Sixteen*>(dy + dy_step * k) : zero;
        sum += g;
        dot += g * (v - mean);
    }
    *reinterpret_cast<Sixteen*>(sum_out) = sum;
    *reinterpret_cast<Sixteen*>(dot_out) = dot;
}

SEGSHARP_EACH_PROCESSOR
void apply_backward(const float* x, const float* dy, float* dx, int64_t count, int64_t dy_step, const float* scale_in,
    const float* shift_in, const float* mean_in, const float* a_in, const float* b_in, const float* c_in)
{
    const Sixteen scale = *reinterpret_cast<const Sixteen*>(scale_in), shift = *reinterpret_cast<const Sixteen*>(shift_in);
    const Sixteen mean = *reinterpret_cast<const Sixteen*>(mean_in), zero = {};
    const Sixteen a = *reinterpret_cast<const Sixteen*>(a_in), b = *reinterpret_cast<const Sixteen*>(b_in);
    const Sixteen c = *reinterpret_cast<const Sixteen*>(c_in);
    for (int64_t k = 0; k < count; ++k) {
        Sixteen v = *reinterpret_cast<const Sixteen*>(x + 16 * k);
        Sixteen g = v * scale + shift > zero ? *reinterpret_cast<const Sixteen*>(dy + dy_step * k) : zero;
        *reinterpret_cast<Sixteen*>(dx + 16 * k) = g * a + (v - mean) * b + c;
    }
}

}  // namespace

void statistics(const Grid& grid, const float* x, double* mean, double* variance)
{
    std::vector<Moments> partial(static_cast<size_t>(pieces(grid)));
    for_each_piece(grid, [&](int64_t index, const Piece& p) {
        auto& total = partial[static_cast<size_t>(index)];
        for (int64_t first = 0; first < p.count; first += Short) {
            float short_mean[16], short_squares[16];
            int64_t count = std::min(Short, p.count - first);
            short_moments(x + p.blocked(grid) + 16 * first, count, short_mean, short_squares);
            Moments moments{{}, {}, count};
            std::copy(short_mean, short_mean + 16, moments.mean);
            std::copy(short_squares, short_squares + 16, moments.squares);
            if (first == 0) total = moments; else join(total, moments);
        }
    });
    for (int64_t block = 0; block < grid.blocks; ++block) {
        Moments total = partial[static_cast<size_t>(block)];
        for (int64_t k = block + grid.blocks; k < pieces(grid); k += grid.blocks) join(total, partial[static_cast<size_t>(k)]);
        for (int64_t k = 0; k < 16; ++k) {
            mean[block * 16 + k] = total.mean[k];
            variance[block * 16 + k] = total.squares[k] / static_cast<double>(total.count);
        }
    }
}

void scale_shift_relu(const Grid& grid, const float* x, const float* scale, const float* shift, float* y, Layout layout)
{
    for_each_piece(grid, [&](int64_t, const Piece& p) {
        int64_t channel = p.block * 16;
        apply(x + p.blocked(grid), y + p.offset(grid, layout), p.count, step(grid, layout), scale + channel, shift + channel);
    });
}

void backward_sums(const Grid& grid, const float* x, const float* scale, const float* shift, const float* mean,
    const float* dy, Layout layout, double* sum, double* dot)
{
    struct Sums { double sum[16], dot[16]; };
    std::vector<Sums> partial(static_cast<size_t>(pieces(grid)));
    for_each_piece(grid, [&](int64_t index, const Piece& p) {
        auto& total = partial[static_cast<size_t>(index)];
        total = {};
        int64_t channel = p.block * 16;
        for (int64_t first = 0; first < p.count; first += Short) {
            float short_sum[16], short_dot[16];
            short_sums(x + p.blocked(grid) + 16 * first, dy + p.offset(grid, layout) + step(grid, layout) * first,
                std::min(Short, p.count - first), step(grid, layout), scale + channel, shift + channel, mean + channel, short_sum, short_dot);
            for (int k = 0; k < 16; ++k) {
                total.sum[k] += short_sum[k];
                total.dot[k] += short_dot[k];
            }
        }
    });
    std::fill(sum, sum + grid.channels(), 0.0);
    std::fill(dot, dot + grid.channels(), 0.0);
    for (int64_t index = 0; index < pieces(grid); ++index) {
        int64_t channel = index % grid.blocks * 16;
        for (int64_t k = 0; k < 16; ++k) {
            sum[channel + k] += partial[static_cast<size_t>(index)].sum[k];
            dot[channel + k] += partial[static_cast<size_t>(index)].dot[k];
        }
    }
}

void backward(const Grid& grid, const float* x, const float* scale, const float* shift, const float* mean,
    const float* dy, Layout layout, const float* a, const float* b, const float* c, float* dx)
{
    for_each_piece(grid, [&](int64_t, const Piece& p) {
        int64_t channel = p.block * 16;
        apply_backward(x + p.blocked(grid), dy + p.offset(grid, layout), dx + p.blocked(grid), p.count, step(grid, layout),
            scale + channel, shift + channel, mean + channel, a + channel, b + channel, c + channel);
    });
}

}  // namespace segsharp::blocked
