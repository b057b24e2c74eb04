// Convolutions by oneDNN directly, with the algorithm chosen here: what ATen does not ask it for.
#include "convolution_onednn.h"

#include <tuple>

#ifdef HAVE_DNNL

#include <ATen/Parallel.h>
#include <dnnl.hpp>

#include <list>
#include <map>
#include <mutex>

namespace segsharp::onednn {
namespace {

using dnnl::memory;
using Arguments = std::unordered_map<int, memory>;
constexpr size_t MostPlans = 256;

dnnl::engine& engine()
{
    static auto& cpu = *new dnnl::engine(dnnl::engine::kind::cpu, 0);
    return cpu;
}

dnnl::stream& stream()
{
    static thread_local dnnl::stream queue(engine());
    return queue;
}

memory::dims dims(at::IntArrayRef sizes)
{
    return memory::dims(sizes.begin(), sizes.end());
}

memory wrap(const at::Tensor& tensor)
{
    return memory(memory::desc(dims(tensor.sizes()), memory::data_type::f32, dims(tensor.strides())), engine(), tensor.data_ptr());
}

memory::desc blocked_layout(at::IntArrayRef sizes)
{
    return memory::desc(dims(sizes), memory::data_type::f32, sizes.size() == 5 ? memory::format_tag::nCdhw16c : memory::format_tag::nChw16c);
}

memory wrap(const Activation& activation)
{
    return activation.blocked ? memory(blocked_layout(activation.sizes), engine(), activation.data.data_ptr()) : wrap(activation.data);
}

/// Memory of oneDNN's own layout, taken from libtorch's allocator so that it is counted and reused.
struct Buffer {
    at::Tensor storage;
    memory data;

    explicit Buffer(const memory::desc& layout)
        : storage(at::empty({static_cast<int64_t>(layout.get_size())}, at::kByte)), data(layout, engine(), storage.data_ptr())
    {
    }
};

/// The same data in the layout the primitive wants: as it is when it has that layout, else a copy kept in `copy`.
memory in_layout(const memory& data, const memory::desc& layout, std::unique_ptr<Buffer>& copy)
{
    if (data.get_desc() == layout) return data;
    copy = std::make_unique<Buffer>(layout);
    dnnl::reorder(data, copy->data).execute(stream(), const_cast<memory&>(data), copy->data);
    stream().wait();
    return copy->data;
}

template <class Made>
void execute(const Made& made, Algorithm algorithm, Arguments arguments)
{
    if (algorithm == Algorithm::Winograd) winograd_calls.fetch_add(1, std::memory_order_relaxed);
    auto scratchpad = made.about.scratchpad_desc();
    std::unique_ptr<Buffer> scratch;
    if (scratchpad.get_size() > 0) {
        scratch = std::make_unique<Buffer>(scratchpad);
        arguments.emplace(DNNL_ARG_SCRATCHPAD, scratch->data);
    }
    made.run.execute(stream(), arguments);
    stream().wait();
}

dnnl::primitive_attr attributes()
{
    dnnl::primitive_attr attr;
    attr.set_scratchpad_mode(dnnl::scratchpad_mode::user);
    return attr;
}

}  // namespace

/// The primitives of one shape, each made when it is first needed.
class Plan {
public:
    /// Throws when oneDNN refuses any direction, so that nobody meets the refusal in the middle of a backward pass.
    explicit Plan(const Shape& shape) : shape_(shape)
    {
        forward();
        if (shape.algorithm == Algorithm::Winograd) {
            backward_data();
            backward_weights();
        }
    }

    struct Forward {
        dnnl::convolution_forward::primitive_desc about;
        dnnl::convolution_forward run;
    };
    struct BackwardData {
        dnnl::convolution_backward_data::primitive_desc about;
        dnnl::convolution_backward_data run;
    };
    struct BackwardWeights {
        dnnl::convolution_backward_weights::primitive_desc about;
        dnnl::convolution_backward_weights run;
    };

    const Shape& shape() const { return shape_; }

    /// Always the kind for training: only there does Winograd transform the weights inside, and fast.
    const Forward& forward()
    {
        std::lock_guard<std::mutex> lock(mutex_);
        if (forward_ == nullptr) {
            auto about = describe_forward();
            forward_ = std::make_unique<Forward>(Forward{about, dnnl::convolution_forward(about)});
        }
        return *forward_;
    }

    const BackwardData& backward_data()
    {
        const auto& hint = forward().about;
        std::lock_guard<std::mutex> lock(mutex_);
        if (backward_data_ == nullptr) {
            auto description = dnnl::convolution_backward_data::desc(
                algorithm(), activation(shape_.input), weights(), activation(shape_.output()), dims(shape_.stride), dims(shape_.padding), dims(shape_.padding));
            dnnl::convolution_backward_data::primitive_desc about(description, attributes(), engine(), hint);
            backward_data_ = std::make_unique<BackwardData>(BackwardData{about, dnnl::convolution_backward_data(about)});
        }
        return *backward_data_;
    }

    const BackwardWeights& backward_weights()
    {
        const auto& hint = forward().about;
        std::lock_guard<std::mutex> lock(mutex_);
        if (backward_weights_ == nullptr) {
            auto stride = dims(shape_.stride), padding = dims(shape_.padding);
            auto in = activation(shape_.input), out = activation(shape_.output());
            auto description = shape_.bias
                ? dnnl::convolution_backward_weights::desc(algorithm(), in, weights(), bias(), out, stride, padding, padding)
                : dnnl::convolution_backward_weights::desc(algorithm(), in, weights(), out, stride, padding, padding);
            dnnl::convolution_backward_weights::primitive_desc about(description, attributes(), engine(), hint);
            backward_weights_ = std::make_unique<BackwardWeights>(BackwardWeights{about, dnnl::convolution_backward_weights(about)});
        }
        return *backward_weights_;
    }

private:
    using tag = memory::format_tag;

    dnnl::algorithm algorithm() const
    {
        return shape_.algorithm == Algorithm::Winograd ? dnnl::algorithm::convolution_winograd : dnnl::algorithm::convolution_direct;
    }

    memory::desc activation(at::IntArrayRef sizes) const
    {
        auto format = tag::any;
        if (shape_.algorithm == Algorithm::Direct && shape_.channels_last) format = sizes.size() == 5 ? tag::ndhwc : tag::nhwc;
        return memory::desc(dims(sizes), memory::data_type::f32, format);
    }

    memory::desc weights() const { return memory::desc(dims(shape_.weight), memory::data_type::f32, tag::any); }
    memory::desc bias() const { return memory::desc({shape_.weight[0]}, memory::data_type::f32, tag::any); }

    dnnl::convolution_forward::primitive_desc describe_forward() const
    {
        auto kind = dnnl::prop_kind::forward_training;
        auto stride = dims(shape_.stride), padding = dims(shape_.padding);
        auto in = activation(shape_.input), out = activation(shape_.output());
        auto description = shape_.bias
            ? dnnl::convolution_forward::desc(kind, algorithm(), in, weights(), bias(), out, stride, padding, padding)
            : dnnl::convolution_forward::desc(kind, algorithm(), in, weights(), out, stride, padding, padding);
        return dnnl::convolution_forward::primitive_desc(description, attributes(), engine());
    }

    const Shape shape_;
    std::mutex mutex_;
    std::unique_ptr<Forward> forward_;
    std::unique_ptr<BackwardData> backward_data_;
    std::unique_ptr<BackwardWeights> backward_weights_;
};

namespace {

/// Plans by shape, the least recently used given up first. A refused shape is remembered as null.
class PlanCache {
public:
    std::shared_ptr<Plan> find(const Shape& shape)
    {
        std::lock_guard<std::mutex> lock(mutex_);
        auto known = plans_.find(shape);
        if (known != plans_.end()) {
            order_.splice(order_.begin(), order_, known->second.second);
            return known->second.first;
        }
        std::shared_ptr<Plan> made;
        try {
            made = std::make_shared<Plan>(shape);
        } catch (const dnnl::error&) {
            // Refused on this processor or by this version.
        }
        order_.push_front(shape);
        plans_.emplace(shape, std::make_pair(made, order_.begin()));
        if (plans_.size() > MostPlans) {
            plans_.erase(order_.back());
            order_.pop_back();
        }
        return made;
    }

private:
    std::mutex mutex_;
    std::list<Shape> order_;
    std::map<Shape, std::pair<std::shared_ptr<Plan>, std::list<Shape>::iterator>> plans_;
};

c10::MemoryFormat format_of(const Shape& shape)
{
    if (!shape.channels_last) return c10::MemoryFormat::Contiguous;
    return shape.input.size() == 5 ? c10::MemoryFormat::ChannelsLast3d : c10::MemoryFormat::ChannelsLast;
}

/// What a primitive writes to: the result itself when it has the wanted layout, else a buffer from which it is filled.
class Target {
public:
    Target(Activation result, const memory::desc& layout) : result_(std::move(result)), plain_(wrap(result_))
    {
        if (plain_.get_desc() != layout) copy_ = std::make_unique<Buffer>(layout);
    }

    const memory& data() const { return copy_ == nullptr ? plain_ : copy_->data; }

    Activation finish()
    {
        if (copy_ != nullptr) {
            dnnl::reorder(copy_->data, plain_).execute(stream(), copy_->data, plain_);
            stream().wait();
        }
        return std::move(result_);
    }

private:
    Activation result_;
    memory plain_;
    std::unique_ptr<Buffer> copy_;
};

Activation empty(const Plan& plan, const std::vector<int64_t>& sizes, bool blocked)
{
    if (blocked) return Activation(empty_blocked(sizes), sizes);
    return Activation(at::empty(sizes, at::TensorOptions(at::kFloat).memory_format(format_of(plan.shape()))));
}

}  // namespace

std::shared_ptr<Plan> plan(const Shape& shape)
{
    static auto& cache = *new PlanCache();
    Shape key = shape;
    key.threads = at::get_num_threads();
    return cache.find(key);
}

at::Tensor empty_blocked(at::IntArrayRef sizes)
{
    int64_t positions = 1;
    for (size_t k = 2; k < sizes.size(); ++k) positions *= sizes[k];
    return at::empty({sizes[0], sizes[1] / 16, positions, 16}, at::kFloat);
}

bool gives_blocked(Plan& plan)
{
    return plan.shape().weight[0] % 16 == 0 && plan.forward().about.dst_desc() == blocked_layout(plan.shape().output());
}

Activation forward(Plan& plan, const Activation& x, const at::Tensor& weight, const at::Tensor& bias, bool blocked)
{
    const auto& primitive = plan.forward();
    std::unique_ptr<Buffer> x_copy, weight_copy;
    Arguments arguments{
        {DNNL_ARG_SRC, in_layout(wrap(x), primitive.about.src_desc(), x_copy)},
        {DNNL_ARG_WEIGHTS, in_layout(wrap(weight), primitive.about.weights_desc(), weight_copy)}};
    if (plan.shape().bias) arguments.emplace(DNNL_ARG_BIAS, wrap(bias));
    Target target(empty(plan, plan.shape().output(), blocked), primitive.about.dst_desc());
    arguments.emplace(DNNL_ARG_DST, target.data());
    execute(primitive, plan.shape().algorithm, arguments);
    x_copy.reset();
    weight_copy.reset();
    return target.finish();
}

Activation backward_data(Plan& plan, const Activation& grad, const at::Tensor& weight, bool blocked)
{
    const auto& primitive = plan.backward_data();
    std::unique_ptr<Buffer> grad_copy, weight_copy;
    Arguments arguments{
        {DNNL_ARG_DIFF_DST, in_layout(wrap(grad), primitive.about.diff_dst_desc(), grad_copy)},
        {DNNL_ARG_WEIGHTS, in_layout(wrap(weight), primitive.about.weights_desc(), weight_copy)}};
    Target target(empty(plan, plan.shape().input, blocked), primitive.about.diff_src_desc());
    arguments.emplace(DNNL_ARG_DIFF_SRC, target.data());
    execute(primitive, plan.shape().algorithm, arguments);
    grad_copy.reset();
    weight_copy.reset();
    return target.finish();
}

std::pair<at::Tensor, at::Tensor> backward_weights(Plan& plan, const Activation& grad, const Activation& x, const at::Tensor& weight)
{
    const auto& primitive = plan.backward_weights();
    std::unique_ptr<Buffer> grad_copy, x_copy;
    Arguments arguments{
        {DNNL_ARG_DIFF_DST, in_layout(wrap(grad), primitive.about.diff_dst_desc(), grad_copy)},
        {DNNL_ARG_SRC, in_layout(wrap(x), primitive.about.src_desc(), x_copy)}};
    at::Tensor db;
    if (plan.shape().bias) {
        db = at::empty({plan.shape().weight[0]}, weight.options());
        arguments.emplace(DNNL_ARG_DIFF_BIAS, wrap(db));
    }
    Target target(at::empty_like(weight), primitive.about.diff_weights_desc());
    arguments.emplace(DNNL_ARG_DIFF_WEIGHTS, target.data());
    execute(primitive, plan.shape().algorithm, arguments);
    grad_copy.reset();
    x_copy.reset();
    return {target.finish().data, db};
}

void unblock(const Activation& from, const at::Tensor& to)
{
    memory source = wrap(from), target = wrap(to);
    dnnl::reorder(source, target).execute(stream(), source, target);
    stream().wait();
}

void block(const at::Tensor& from, const Activation& to)
{
    memory source = wrap(from), target = wrap(to);
    dnnl::reorder(source, target).execute(stream(), source, target);
    stream().wait();
}

bool has_winograd()
{
    static const bool answer = plan(Shape{Algorithm::Winograd, {1, 64, 32, 32}, {64, 64, 3, 3}, {1, 1}, {1, 1}, true, false}) != nullptr;
    return answer;
}

}  // namespace segsharp::onednn

#else

namespace segsharp::onednn {

class Plan {};

std::shared_ptr<Plan> plan(const Shape&) { return nullptr; }
at::Tensor empty_blocked(at::IntArrayRef) { return {}; }
bool gives_blocked(Plan&) { return false; }
Activation forward(Plan&, const Activation& x, const at::Tensor&, const at::Tensor&, bool) { return x; }
Activation backward_data(Plan&, const Activation& grad, const at::Tensor&, bool) { return grad; }
std::pair<at::Tensor, at::Tensor> backward_weights(Plan&, const Activation&, const Activation&, const at::Tensor&) { return {}; }
void unblock(const Activation&, const at::Tensor&) {}
void block(const at::Tensor&, const Activation&) {}
bool has_winograd() { return false; }

}  // namespace segsharp::onednn

#endif

namespace segsharp::onednn {

std::atomic<int64_t> winograd_calls{0};

bool Shape::operator<(const Shape& other) const
{
    return std::tie(algorithm, input, weight, stride, padding, bias, channels_last, threads)
        < std::tie(other.algorithm, other.input, other.weight, other.stride, other.padding, other.bias, other.channels_last, other.threads);
}

std::vector<int64_t> Shape::output() const
{
    std::vector<int64_t> sizes{input[0], weight[0]};
    for (size_t k = 0; k < stride.size(); ++k) {
        sizes.push_back((input[k + 2] + 2 * padding[k] - weight[k + 2]) / stride[k] + 1);
    }
    return sizes;
}

}  // namespace segsharp::onednn
