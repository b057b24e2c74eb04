// Each acceleration against libtorch's own operator: values and gradients, switched on and off.
#include "bridge.h"

#include <torch/csrc/autograd/autograd.h>

#include <cmath>

namespace {

using Ints = std::vector<int64_t>;

at::Tensor leaf(const at::Tensor& t)
{
    return t.detach().clone(at::MemoryFormat::Preserve).requires_grad_(true);
}

struct Gradients {
    at::Tensor y, dx, dw, db;
};

/// Runs `op` on fresh leaves and pulls a fixed gradient through it.
template <class Op>
Gradients run(const at::Tensor& x, const at::Tensor& w, const at::Tensor& b, Op op)
{
    auto x1 = leaf(x), w1 = leaf(w), b1 = b.defined() ? leaf(b) : b;
    auto y = op(x1, w1, b1);
    auto g = at::sin(at::arange(y.numel(), y.scalar_type())).add(0.5).view(y.sizes());
    y.backward(g);
    return {y.detach(), x1.grad(), w1.grad(), b.defined() ? b1.grad() : b};
}

Gradients ours(const at::Tensor& x, const at::Tensor& w, const at::Tensor& b, Ints stride, Ints padding, Ints dilation, int64_t groups)
{
    return run(x, w, b, [&](const at::Tensor& x1, const at::Tensor& w1, const at::Tensor& b1) {
        return call("segsharp::conv", "", {of(x1), of(w1), b1.defined() ? of(b1) : none(), of(stride), of(padding), of(dilation), of(groups)}).tensor();
    });
}

Gradients reference(const at::Tensor& x, const at::Tensor& w, const at::Tensor& b, Ints stride, Ints padding, Ints dilation, int64_t groups)
{
    return run(x.to(at::kDouble), w.to(at::kDouble), b.defined() ? b.to(at::kDouble) : b,
        [&](const at::Tensor& x1, const at::Tensor& w1, const at::Tensor& b1) {
            Ints none(stride.size(), 0);
            return at::convolution(x1, w1, b1, stride, padding, dilation, false, none, groups);
        });
}

void check_same(const Gradients& found, const Gradients& expected, double tolerance)
{
    VERIFY_CLOSE(found.y, expected.y, tolerance);
    VERIFY_CLOSE(found.dx, expected.dx, tolerance);
    VERIFY_CLOSE(found.dw, expected.dw, tolerance);
    if (expected.db.defined()) VERIFY_CLOSE(found.db, expected.db, tolerance);
}

bool has_winograd()
{
    char text[4096];
    int32_t length;
    done(sg_about(text, sizeof text, &length));
    return std::string(text).find("\"winograd\":true") != std::string::npos;
}

}  // namespace

TEST(winograd_equals_the_direct_convolution)
{
    if (!has_winograd()) throw check::Skip("no Winograd convolution here");
    at::manual_seed(1);
    for (auto format : {at::MemoryFormat::Contiguous, at::MemoryFormat::ChannelsLast}) {
        for (bool with_bias : {true, false}) {
            for (auto size : {Ints{2, 32, 24, 20, 32}, Ints{1, 16, 33, 17, 48}, Ints{3, 64, 8, 8, 32}, Ints{1, 40, 9, 13, 24}}) {
                auto x = at::randn({size[0], size[1], size[2], size[3]}).contiguous(format);
                auto w = (at::randn({size[4], size[1], 3, 3}) / 10).contiguous(format);
                auto b = with_bias ? at::randn({size[4]}) : at::Tensor();
                auto expected = reference(x, w, b, {1, 1}, {1, 1}, {1, 1}, 1);
                Switch on("winograd", 2);
                done(sg_reset_counter("winograd_calls"));
                auto found = ours(x, w, b, {1, 1}, {1, 1}, {1, 1}, 1);
                VERIFY_EQUAL(3, counter("winograd_calls"));  // forward, data, weights
                check_same(found, expected, 2e-5);
                VERIFY(found.y.is_contiguous(format));
                VERIFY_EQUAL(x.strides(), found.dx.strides());
                VERIFY_EQUAL(w.strides(), found.dw.strides());
            }
        }
    }
}

TEST(winograd_switched_off_is_libtorchs_convolution_to_the_bit)
{
    auto x = at::randn({2, 32, 16, 16}), w = at::randn({32, 32, 3, 3}), b = at::randn({32});
    Switch off("winograd", 0);
    done(sg_reset_counter("winograd_calls"));
    Ints one{1, 1};
    auto y = call("segsharp::conv", "", {of(x), of(w), of(b), of(one), of(one), of(one), of(1)});
    VERIFY(at::equal(y.tensor(), at::conv2d(x, w, b, 1, 1)));
    VERIFY_EQUAL(0, counter("winograd_calls"));
}

TEST(auto_leaves_few_channels_to_libtorch)
{
    Switch automatic("winograd", 1);
    done(sg_reset_counter("winograd_calls"));
    Ints one{1, 1};
    for (int64_t channels : {1, 8}) {
        auto x = at::randn({2, channels, 16, 16}), w = at::randn({8, channels, 3, 3});
        auto y = call("segsharp::conv", "", {of(x), of(w), none(), of(one), of(one), of(one), of(1)});
        VERIFY(at::equal(y.tensor(), at::conv2d(x, w, {}, 1, 1)));
    }
    VERIFY_EQUAL(0, counter("winograd_calls"));
}

TEST(a_convolution_that_winograd_cannot_do_falls_back)
{
    Switch on("winograd", 2);
    done(sg_reset_counter("winograd_calls"));
    auto x = at::randn({2, 16, 15, 15}), b = at::randn({16});
    struct Case { at::Tensor w; Ints stride, padding, dilation; int64_t groups; };
    for (const auto& c : {Case{at::randn({16, 16, 3, 3}), {2, 2}, {1, 1}, {1, 1}, 1}, Case{at::randn({16, 16, 5, 5}), {1, 1}, {2, 2}, {1, 1}, 1},
             Case{at::randn({16, 16, 3, 3}), {1, 1}, {2, 2}, {2, 2}, 1}, Case{at::randn({16, 4, 3, 3}), {1, 1}, {1, 1}, {1, 1}, 4},
             Case{at::randn({16, 16, 3, 3}), {1, 1}, {0, 0}, {1, 1}, 1}, Case{at::randn({16, 16, 1, 1}), {1, 1}, {0, 0}, {1, 1}, 1}}) {
        check_same(ours(x, c.w, b, c.stride, c.padding, c.dilation, c.groups), reference(x, c.w, b, c.stride, c.padding, c.dilation, c.groups), 2e-5);
    }
    auto wide = at::randn({2, 16, 15, 15}, at::kDouble);
    check_same(ours(wide, at::ones({16, 16, 3, 3}, at::kDouble), b.to(at::kDouble), {1, 1}, {1, 1}, {1, 1}, 1),
        reference(wide, at::ones({16, 16, 3, 3}), b, {1, 1}, {1, 1}, {1, 1}, 1), 1e-12);
    VERIFY_EQUAL(0, counter("winograd_calls"));
}

TEST(a_volume_alone_in_its_batch_is_convolved_like_any_other)
{
    at::manual_seed(2);
    for (int mode : {0, 1}) {
        Switch winograd("winograd", mode);
        for (auto format : {at::MemoryFormat::Contiguous, at::MemoryFormat::ChannelsLast3d}) {
            for (int64_t batch : {1, 2}) {
                auto x = at::randn({batch, 16, 6, 9, 11}).contiguous(format);
                auto w = (at::randn({32, 16, 3, 3, 3}) / 10).contiguous(format);
                auto b = at::randn({32});
                check_same(ours(x, w, b, {1, 1, 1}, {1, 1, 1}, {1, 1, 1}, 1), reference(x, w, b, {1, 1, 1}, {1, 1, 1}, {1, 1, 1}, 1), 2e-5);
                check_same(ours(x, w, {}, {2, 1, 2}, {1, 0, 1}, {1, 1, 1}, 1), reference(x, w, {}, {2, 1, 2}, {1, 0, 1}, {1, 1, 1}, 1), 2e-5);
            }
        }
    }
}

TEST(a_gradient_is_computed_only_where_it_is_needed)
{
    Switch on("winograd", 2);
    Ints one{1, 1};
    auto x = at::randn({1, 16, 8, 8}), w = leaf(at::randn({16, 16, 3, 3}));
    auto y = call("segsharp::conv", "", {of(x), of(w), none(), of(one), of(one), of(one), of(1)});
    y.tensor().sum().backward();
    VERIFY(w.grad().defined());
    VERIFY(!x.grad().defined());
    auto frozen = call("segsharp::conv", "", {of(x), of(w.detach()), none(), of(one), of(one), of(one), of(1)});
    VERIFY_EQUAL(0, sg_requires_grad(frozen.get()));
}

TEST(an_impossible_convolution_is_an_error_and_no_crash)
{
    auto x = at::randn({1, 16, 8, 8}), w = at::randn({16, 8, 3, 3});
    Ints one{1, 1};
    sg_argument arguments[] = {of(x), of(w), none(), of(one), of(one), of(one), of(1)}, result;
    int32_t count;
    for (int mode : {0, 2}) {
        Switch winograd("winograd", mode);
        VERIFY_EQUAL(1, sg_call(find("segsharp::conv"), arguments, 7, &result, 1, &count));
    }
}

namespace {

/// A block of `n` convolutions with everything it owns.
struct Block {
    std::vector<at::Tensor> weights, biases, gammas, betas, means, variances;

    Block(int dimensions, Ints channels, bool bias, bool norm, at::MemoryFormat format)
    {
        for (size_t k = 0; k + 1 < channels.size(); ++k) {
            Ints sizes{channels[k + 1], channels[k], 3, 3};
            if (dimensions == 3) sizes.push_back(3);
            weights.push_back((at::randn(sizes) / std::sqrt(9.0 * static_cast<double>(channels[k]))).contiguous(format));
            if (bias) biases.push_back(at::randn({channels[k + 1]}));
            if (!norm) continue;
            gammas.push_back(at::rand({channels[k + 1]}) + 0.5);
            betas.push_back(at::randn({channels[k + 1]}) / 2);
            means.push_back(at::randn({channels[k + 1]}) / 4);
            variances.push_back(at::rand({channels[k + 1]}) + 0.5);
        }
    }

    /// Copies of everything in another precision; the parameters as leaves.
    Block copy(at::ScalarType dtype) const
    {
        Block b = *this;
        for (auto* group : {&b.weights, &b.biases, &b.gammas, &b.betas}) {
            for (auto& t : *group) t = leaf(t.to(dtype));
        }
        for (auto* group : {&b.means, &b.variances}) {
            for (auto& t : *group) t = t.to(dtype, false, true);
        }
        return b;
    }

    std::vector<at::Tensor> parameters() const
    {
        std::vector<at::Tensor> all;
        for (const auto* group : {&weights, &biases, &gammas, &betas}) all.insert(all.end(), group->begin(), group->end());
        return all;
    }
};

sg_argument of_list(const std::vector<at::Tensor>& tensors, std::vector<std::vector<sg_tensor>>& keep)
{
    keep.emplace_back();
    for (const auto& t : tensors) keep.back().push_back(t.unsafeGetTensorImpl());
    return list(SG_TENSORS, keep.back().data(), keep.back().size());
}

at::Tensor run_block(const at::Tensor& x, const Block& b, bool training)
{
    std::vector<std::vector<sg_tensor>> keep;
    keep.reserve(6);
    return call("segsharp::conv_block", "", {of(x), of_list(b.weights, keep), of_list(b.biases, keep), of_list(b.gammas, keep),
        of_list(b.betas, keep), of_list(b.means, keep), of_list(b.variances, keep), of(training), of(0.1), of(1e-5)}).tensor();
}

at::Tensor run_reference(at::Tensor x, const Block& b, bool training)
{
    for (size_t k = 0; k < b.weights.size(); ++k) {
        Ints ones(static_cast<size_t>(x.dim()) - 2, 1), zeros(ones.size(), 0);
        x = at::convolution(x, b.weights[k], b.biases.empty() ? at::Tensor() : b.biases[k], ones, ones, ones, false, zeros, 1);
        if (!b.gammas.empty()) x = at::batch_norm(x, b.gammas[k], b.betas[k], b.means[k], b.variances[k], training, 0.1, 1e-5, false);
        x = at::relu(x);
    }
    return x;
}

bool has_fused_blocks()
{
    done(sg_reset_counter("fused_calls"));
    Block b(2, {16, 16}, true, true, at::MemoryFormat::Contiguous);
    run_block(at::randn({1, 16, 8, 8}), b, false);
    return counter("fused_calls") == 1;
}

}  // namespace

TEST(a_fused_block_equals_its_operators)
{
    at::manual_seed(7);
    bool fused_here = has_fused_blocks();
    struct Case { int dimensions; Ints sizes, channels; };
    for (const auto& c : {Case{2, {3, 1, 21, 18}, {1, 16, 32}}, Case{2, {2, 32, 24, 24}, {32, 64, 48}}, Case{2, {1, 5, 9, 40}, {5, 32}},
             Case{2, {4, 48, 16, 12}, {48, 32, 32, 16}}, Case{3, {1, 2, 7, 9, 11}, {2, 16, 16}}, Case{3, {2, 16, 6, 5, 8}, {16, 32}}}) {
        for (int variant = 0; variant < 16; ++variant) {
            bool bias = variant & 1, norm = variant & 2, training = variant & 4, last = variant & 8;
            auto format = !last ? at::MemoryFormat::Contiguous : c.dimensions == 2 ? at::MemoryFormat::ChannelsLast : at::MemoryFormat::ChannelsLast3d;
            Block block(c.dimensions, c.channels, bias, norm, format);
            auto x = at::randn(c.sizes).contiguous(format);
            auto expected_block = block.copy(at::kDouble);
            auto expected_x = leaf(x.to(at::kDouble));
            auto expected = run_reference(expected_x, expected_block, training);
            auto g = at::sin(at::arange(expected.numel(), at::kDouble)).add(0.5).view(expected.sizes());
            expected.backward(g);
            for (int on : {1, 0}) {
                Switch fused("fused_blocks", on);
                done(sg_reset_counter("fused_calls"));
                auto found_block = block.copy(at::kFloat);
                auto found_x = leaf(x);
                auto found = run_block(found_x, found_block, training);
                VERIFY_EQUAL(on == 1 && fused_here ? 1 : 0, counter("fused_calls"));
                VERIFY_CLOSE(found, expected, 1e-5);
                if (last && on == 1 && fused_here) VERIFY(found.is_contiguous(format));
                found.backward(g.to(at::kFloat));
                VERIFY_CLOSE(found_x.grad(), expected_x.grad(), 1e-4);
                auto p = found_block.parameters(), q = expected_block.parameters();
                for (size_t k = 0; k < p.size(); ++k) {
                    // The gradient of a bias before normalisation is zero but for rounding.
                    bool zero = bias && norm && training && k >= block.weights.size() && k < 2 * block.weights.size();
                    if (zero) VERIFY(p[k].grad().abs().max().item<double>() < 1e-2);
                    else VERIFY_CLOSE(p[k].grad(), q[k].grad(), 1e-4);
                }
                for (size_t k = 0; k < block.means.size(); ++k) {
                    VERIFY_CLOSE(found_block.means[k], expected_block.means[k], 1e-5);
                    VERIFY_CLOSE(found_block.variances[k], expected_block.variances[k], 1e-5);
                }
                at::NoGradGuard no_grad;
                VERIFY_CLOSE(run_block(x, found_block, false), run_reference(expected_x, expected_block, false), 1e-5);
            }
        }
    }
}

TEST(tensors_with_gaps_and_repeated_gradients_are_convolved_rightly)
{
    Switch on("winograd", 2);
    Ints one{1, 1};
    auto wide = at::randn({2, 32, 16, 40}), w = at::randn({32, 16, 3, 3}) / 10;
    for (const auto& x : {wide.narrow(3, 5, 16).narrow(1, 8, 16), at::randn({1, 16, 1, 16}).expand({2, 16, 16, 16}), wide.narrow(1, 0, 16).transpose(2, 3)}) {
        auto x1 = x.detach().requires_grad_(true), w1 = leaf(w), x2 = leaf(x.to(at::kDouble).contiguous()), w2 = leaf(w.to(at::kDouble));
        auto y = call("segsharp::conv", "", {of(x1), of(w1), none(), of(one), of(one), of(one), of(1)}).tensor();
        y.sum().backward();  // one gradient for all elements, with strides of zero
        auto expected = at::conv2d(x2, w2, {}, 1, 1);
        expected.sum().backward();
        VERIFY_CLOSE(y, expected, 1e-5);
        VERIFY_CLOSE(x1.grad(), x2.grad(), 1e-5);
        VERIFY_CLOSE(w1.grad(), w2.grad(), 1e-5);
        Block block(2, {16, 16}, true, true, at::MemoryFormat::Contiguous);
        VERIFY_CLOSE(run_block(x, block, true), run_reference(x.contiguous(), block, true), 1e-4);
    }
}

TEST(a_fused_block_gives_the_same_bits_with_any_number_of_threads)
{
    int before = sg_threads();
    Block block(2, {32, 32, 32}, true, true, at::MemoryFormat::ChannelsLast);
    auto x = at::randn({2, 32, 40, 40}).contiguous(at::MemoryFormat::ChannelsLast);
    Switch direct("winograd", 0);
    done(sg_set_threads(1));
    auto one = run_block(x, block.copy(at::kFloat), true);
    done(sg_set_threads(2));
    auto two = run_block(x, block.copy(at::kFloat), true);
    done(sg_set_threads(before));
    VERIFY(at::equal(one, two));
}

TEST(a_fused_block_keeps_its_graph_when_told_to)
{
    Block block = Block(2, {16, 16, 16}, false, true, at::MemoryFormat::Contiguous).copy(at::kFloat);
    auto x = leaf(at::randn({1, 16, 8, 8}));
    auto y = run_block(x, block, true).sum();
    y.backward({}, true);
    auto first = x.grad().clone();
    y.backward();
    VERIFY_CLOSE(x.grad(), first * 2, 1e-6);
}

TEST(a_fused_block_keeps_less_than_its_operators)
{
    if (!has_fused_blocks()) throw check::Skip("no fused blocks here");
    Switch on("allocator", 1);
    Block block = Block(2, {32, 32, 32}, true, true, at::MemoryFormat::ChannelsLast).copy(at::kFloat);
    auto x = leaf(at::randn({2, 32, 64, 64}).contiguous(at::MemoryFormat::ChannelsLast));
    int64_t kept[2];
    for (int fused : {0, 1}) {
        Switch blocks("fused_blocks", fused);
        auto before = counter("live_bytes");
        auto y = run_block(x, block, true);
        kept[fused] = counter("live_bytes") - before;
    }
    int64_t one = 2 * 32 * 64 * 64 * 4;
    VERIFY(kept[0] >= 4 * one);
    VERIFY(kept[1] >= 3 * one && kept[1] < 3 * one + one / 8);
}

TEST(a_block_under_autocast_is_bfloat16)
{
    Block block = Block(2, {16, 16}, true, true, at::MemoryFormat::Contiguous).copy(at::kFloat);
    auto x = at::randn({1, 16, 8, 8});
    done(sg_set_autocast(0, 1, 15));
    auto y = run_block(x, block, true);
    done(sg_set_autocast(0, 0, 15));
    VERIFY_EQUAL(at::kBFloat16, y.scalar_type());
}

TEST(a_block_refuses_lists_that_do_not_fit)
{
    Block block(2, {16, 16}, true, true, at::MemoryFormat::Contiguous);
    block.betas.clear();
    try {
        run_block(at::randn({1, 16, 8, 8}), block, true);
    } catch (const std::runtime_error& error) {
        VERIFY(std::string(error.what()).find("1 weights need as many gammas, betas, means and variances, or none; got 1, 0, 1 and 1") != std::string::npos);
        return;
    }
    VERIFY(false);
}

TEST(up_convolution_by_shuffle_equals_conv_transpose)
{
    at::manual_seed(3);
    for (int n : {2, 3}) {
        for (bool with_bias : {true, false}) {
            for (bool last : {false, true}) {
                auto format = !last ? at::MemoryFormat::Contiguous : n == 2 ? at::MemoryFormat::ChannelsLast : at::MemoryFormat::ChannelsLast3d;
                auto x = (n == 2 ? at::randn({2, 12, 5, 7}) : at::randn({2, 12, 3, 4, 5})).contiguous(format);
                auto w = n == 2 ? at::randn({12, 6, 2, 2}) : at::randn({12, 6, 2, 2, 2});
                auto b = with_bias ? at::randn({6}) : at::Tensor();
                auto found = run(x, w, b, [](const at::Tensor& x1, const at::Tensor& w1, const at::Tensor& b1) {
                    return call("segsharp::conv_transpose_shuffle", "", {of(x1), of(w1), b1.defined() ? of(b1) : none()}).tensor();
                });
                auto expected = run(x.to(at::kDouble), w.to(at::kDouble), b.defined() ? b.to(at::kDouble) : b, [n](const at::Tensor& x1, const at::Tensor& w1, const at::Tensor& b1) {
                    return n == 2 ? at::conv_transpose2d(x1, w1, b1, 2) : at::conv_transpose3d(x1, w1, b1, 2);
                });
                check_same(found, expected, 1e-6);
                VERIFY(found.y.is_contiguous(format));
            }
        }
    }
    auto x = at::randn({1, 2, 4, 4}), w = at::randn({2, 2, 3, 3});
    sg_argument arguments[] = {of(x), of(w), none()}, result;
    int32_t count;
    VERIFY_EQUAL(1, sg_call(find("segsharp::conv_transpose_shuffle"), arguments, 3, &result, 1, &count));
}

TEST(adam_does_what_torchs_formula_does)
{
    at::manual_seed(4);
    for (bool decoupled : {false, true}) {
        for (auto format : {at::MemoryFormat::Contiguous, at::MemoryFormat::ChannelsLast}) {
            double lr = 1e-3, beta1 = 0.9, beta2 = 0.999, eps = 1e-8, decay = 0.01;
            auto p = at::randn({33, 7, 3, 3}).contiguous(format), m = at::zeros_like(p), v = at::zeros_like(p);
            auto p1 = p.clone(), m1 = m.clone(), v1 = v.clone();
            for (int64_t step = 1; step <= 5; ++step) {
                auto g = at::randn({33, 7, 3, 3});
                sg_tensor ps[] = {p.unsafeGetTensorImpl()}, gs[] = {g.unsafeGetTensorImpl()}, ms[] = {m.unsafeGetTensorImpl()}, vs[] = {v.unsafeGetTensorImpl()};
                VERIFY(call_many(find("segsharp::adam_"), {list(SG_TENSORS, ps, 1), list(SG_TENSORS, gs, 1), list(SG_TENSORS, ms, 1),
                    list(SG_TENSORS, vs, 1), of(step), of(lr), of(beta1), of(beta2), of(eps), of(decay), of(decoupled)}).empty());
                // torch/optim/adam.py and adamw.py of 1.13, single tensor
                if (decoupled) p1.mul_(1 - lr * decay); else g = g.add(p1, decay);
                m1.mul_(beta1).add_(g, 1 - beta1);
                v1.mul_(beta2).addcmul_(g, g, 1 - beta2);
                double correction1 = 1 - std::pow(beta1, step), correction2 = 1 - std::pow(beta2, step);
                auto denominator = (v1.sqrt() / std::sqrt(correction2)).add_(eps);
                p1.addcdiv_(m1, denominator, -lr / correction1);
            }
            VERIFY_CLOSE(p, p1, 2e-7);
            VERIFY_CLOSE(m, m1, 2e-7);
            VERIFY_CLOSE(v, v1, 2e-7);
        }
    }
}

TEST(adam_tells_autograd_that_the_parameter_changed)
{
    auto p = at::randn({4}), m = at::zeros({4}), v = at::zeros({4}), g = at::ones({4});
    auto before = p._version();
    sg_tensor ps[] = {p.unsafeGetTensorImpl()}, gs[] = {g.unsafeGetTensorImpl()}, ms[] = {m.unsafeGetTensorImpl()}, vs[] = {v.unsafeGetTensorImpl()};
    call_many(find("segsharp::adam_"), {list(SG_TENSORS, ps, 1), list(SG_TENSORS, gs, 1), list(SG_TENSORS, ms, 1),
        list(SG_TENSORS, vs, 1), of(1), of(0.1), of(0.9), of(0.999), of(1e-8), of(0.0), of(false)});
    VERIFY(p._version() > before);
}

TEST(adam_refuses_lists_that_do_not_fit)
{
    auto p = at::randn({4}), g = at::ones({3});
    sg_tensor ps[] = {p.unsafeGetTensorImpl()}, gs[] = {g.unsafeGetTensorImpl()};
    sg_argument arguments[] = {list(SG_TENSORS, ps, 1), list(SG_TENSORS, gs, 1), list(SG_TENSORS, ps, 1), list(SG_TENSORS, ps, 1),
        of(1), of(0.1), of(0.9), of(0.999), of(1e-8), of(0.0), of(false)};
    int32_t count;
    VERIFY_EQUAL(1, sg_call(find("segsharp::adam_"), arguments, 11, nullptr, 0, &count));
}

TEST(matrix_products_through_onednn_equal_the_blas)
{
    int64_t initially = 0;
    done(sg_switch("sgemm", &initially));
    if (sg_set_switch("sgemm", 1) != 0) throw check::Skip(sg_error());
    done(sg_set_switch("sgemm", initially));
    // A libtorch with its own BLAS never calls sgemm_; then there is nothing to compare.
    {
        Switch on("sgemm", 1);
        done(sg_reset_counter("sgemm_calls"));
        at::mm(at::randn({8, 8}), at::randn({8, 8}));
        if (counter("sgemm_calls") == 0) throw check::Skip("this libtorch does not call sgemm_");
    }
    at::manual_seed(6);
    for (auto sizes : {Ints{1, 1, 1}, Ints{5, 7, 3}, Ints{64, 33, 128}, Ints{200, 300, 1}}) {
        for (int transposed = 0; transposed < 4; ++transposed) {
            auto a = transposed & 1 ? at::randn({sizes[2], sizes[0]}).t() : at::randn({sizes[0], sizes[2]});
            auto b = transposed & 2 ? at::randn({sizes[1], sizes[2]}).t() : at::randn({sizes[2], sizes[1]});
            auto c = at::randn({sizes[0], sizes[1]});
            auto expected = at::addmm(c.to(at::kDouble), a.to(at::kDouble), b.to(at::kDouble), 0.5, 2);
            for (int on : {0, 1}) {
                Switch sgemm("sgemm", on);
                done(sg_reset_counter("sgemm_calls"));
                VERIFY_CLOSE(at::addmm(c, a, b, 0.5, 2), expected, 2e-6);
                if (on == 0) VERIFY_EQUAL(0, counter("sgemm_calls"));
            }
        }
    }
    Switch on("sgemm", 1);
    VERIFY_EQUAL(0.f, at::mm(at::empty({3, 0}), at::empty({0, 4})).abs().max().item<float>());
}
