// Convolutions by oneDNN directly, with the algorithm chosen here: what ATen does not ask it for.
#include "convolution_onednn.h"

#include <tuple>

#ifdef HAVE_DNNL

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

/// Memory of oneDNN's own layout, taken from libtorch's allocator so that it is counted and reused.
struct Buffer {
    at::Tensor storage;
    memory data;

    explicit Buffer(const memory::desc& layout)
        : storage(at::empty({static_cast<int64_t>(layout.get_size())}, at::kByte)), data(layout, engine(), storage.data_ptr())
    {
    }
};

/// The tensor's data in the layout the primitive wants: the tensor itself when it has that layout, else a copy kept in `copy`.
memory in_layout(const at::Tensor& tensor, const memory::desc& layout, std::unique_ptr<Buffer>& copy)
{
    // Weights already transformed by Winograd are reordered from the plain layout alone.
    bool only_from_plain = layout.data.format_kind == dnnl_format_kind_wino;
    at::Tensor source = only_from_plain ? tensor.contiguous() : tensor;
    memory plain = wrap(source);
    if (plain.get_desc() == layout) return plain;
    copy = std::make_unique<Buffer>(layout);
    dnnl::reorder(plain, copy->data).execute(stream(), plain, copy->data);
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
    explicit Plan(const Shape& shape) : shape_(shape) { forward(false); }

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

    const Forward& forward(bool training)
    {
        std::lock_guard<std::mutex> lock(mutex_);
        auto& made = forward_[training ? 1 : 0];
        if (made == nullptr) {
            auto about = describe_forward(training ? dnnl::prop_kind::forward_training : dnnl::prop_kind::forward_inference);
            made = std::make_unique<Forward>(Forward{about, dnnl::convolution_forward(about)});
        }
        return *made;
    }

    const BackwardData& backward_data()
    {
        const auto& hint = forward(true).about;
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
        const auto& hint = forward(true).about;
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

    dnnl::convolution_forward::primitive_desc describe_forward(dnnl::prop_kind kind) const
    {
        auto stride = dims(shape_.stride), padding = dims(shape_.padding);
        auto in = activation(shape_.input), out = activation(shape_.output());
        auto description = shape_.bias
            ? dnnl::convolution_forward::desc(kind, algorithm(), in, weights(), bias(), out, stride, padding, padding)
            : dnnl::convolution_forward::desc(kind, algorithm(), in, weights(), out, stride, padding, padding);
        return dnnl::convolution_forward::primitive_desc(description, attributes(), engine());
    }

    const Shape shape_;
    std::mutex mutex_;
    std::unique_ptr<Forward> forward_[2];
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

/// A tensor to write to: the primitive writes into it when it has the wanted layout, else it is filled from a copy.
class Target {
public:
    Target(at::Tensor tensor, const memory::desc& layout) : tensor_(std::move(tensor)), plain_(wrap(tensor_))
    {
        if (plain_.get_desc() != layout) copy_ = std::make_unique<Buffer>(layout);
    }

    const memory& data() const { return copy_ == nullptr ? plain_ : copy_->data; }

    at::Tensor finish()
    {
        if (copy_ != nullptr) {
            dnnl::reorder(copy_->data, plain_).execute(stream(), copy_->data, plain_);
            stream().wait();
        }
        return std::move(tensor_);
    }

private:
    at::Tensor tensor_;
    memory plain_;
    std::unique_ptr<Buffer> copy_;
};

}  // namespace

std::shared_ptr<Plan> plan(const Shape& shape)
{
    static auto& cache = *new PlanCache();
    return cache.find(shape);
}

at::Tensor forward(Plan& plan, const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias, bool training)
{
    const auto& primitive = plan.forward(training);
    std::unique_ptr<Buffer> x_copy, weight_copy;
    Arguments arguments{
        {DNNL_ARG_SRC, in_layout(x, primitive.about.src_desc(), x_copy)},
        {DNNL_ARG_WEIGHTS, in_layout(weight, primitive.about.weights_desc(), weight_copy)}};
    if (plan.shape().bias) arguments.emplace(DNNL_ARG_BIAS, wrap(bias));
    auto y = at::empty(plan.shape().output(), x.options().memory_format(format_of(plan.shape())));
    Target target(std::move(y), primitive.about.dst_desc());
    arguments.emplace(DNNL_ARG_DST, target.data());
    execute(primitive, plan.shape().algorithm, arguments);
    arguments.clear();
    x_copy.reset();
    weight_copy.reset();
    return target.finish();
}

at::Tensor backward_data(Plan& plan, const at::Tensor& grad, const at::Tensor& weight)
{
    const auto& primitive = plan.backward_data();
    std::unique_ptr<Buffer> grad_copy, weight_copy;
    Arguments arguments{
        {DNNL_ARG_DIFF_DST, in_layout(grad, primitive.about.diff_dst_desc(), grad_copy)},
        {DNNL_ARG_WEIGHTS, in_layout(weight, primitive.about.weights_desc(), weight_copy)}};
    auto dx = at::empty(plan.shape().input, grad.options().memory_format(format_of(plan.shape())));
    Target target(std::move(dx), primitive.about.diff_src_desc());
    arguments.emplace(DNNL_ARG_DIFF_SRC, target.data());
    execute(primitive, plan.shape().algorithm, arguments);
    arguments.clear();
    grad_copy.reset();
    weight_copy.reset();
    return target.finish();
}

std::pair<at::Tensor, at::Tensor> backward_weights(Plan& plan, const at::Tensor& grad, const at::Tensor& x, const at::Tensor& weight)
{
    const auto& primitive = plan.backward_weights();
    std::unique_ptr<Buffer> grad_copy, x_copy;
    Arguments arguments{
        {DNNL_ARG_DIFF_DST, in_layout(grad, primitive.about.diff_dst_desc(), grad_copy)},
        {DNNL_ARG_SRC, in_layout(x, primitive.about.src_desc(), x_copy)}};
    at::Tensor db;
    if (plan.shape().bias) {
        db = at::empty({plan.shape().weight[0]}, weight.options());
        arguments.emplace(DNNL_ARG_DIFF_BIAS, wrap(db));
    }
    Target target(at::empty_like(weight), primitive.about.diff_weights_desc());
    arguments.emplace(DNNL_ARG_DIFF_WEIGHTS, target.data());
    execute(primitive, plan.shape().algorithm, arguments);
    return {target.finish(), db};
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
at::Tensor forward(Plan&, const at::Tensor&, const at::Tensor&, const at::Tensor&, bool) { return {}; }
at::Tensor backward_data(Plan&, const at::Tensor&, const at::Tensor&) { return {}; }
std::pair<at::Tensor, at::Tensor> backward_weights(Plan&, const at::Tensor&, const at::Tensor&, const at::Tensor&) { return {}; }
bool has_winograd() { return false; }

}  // namespace segsharp::onednn

#endif

namespace segsharp::onednn {

std::atomic<int64_t> winograd_calls{0};

bool Shape::operator<(const Shape& other) const
{
    return std::tie(algorithm, input, weight, stride, padding, bias, channels_last)
        < std::tie(other.algorithm, other.input, other.weight, other.stride, other.padding, other.bias, other.channels_last);
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
