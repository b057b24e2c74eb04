// The interface itself: every tag, every refusal, lifetime, gradients, threads, chance.
#include "bridge.h"

#include <ATen/CPUGeneratorImpl.h>

#include <atomic>
#include <cstring>
#include <thread>

namespace {

std::string refused(int32_t expected_status, int32_t status)
{
    VERIFY_EQUAL(expected_status, status);
    return sg_error();
}

bool contains(const std::string& text, const char* part)
{
    return text.find(part) != std::string::npos;
}

void count_one(void* context)
{
    ++*static_cast<std::atomic<int>*>(context);
}

}  // namespace

TEST(an_argument_takes_sixteen_bytes)
{
    VERIFY_EQUAL(size_t{16}, sizeof(sg_argument));
    VERIFY_EQUAL(SG_ABI_VERSION, sg_abi_version());
}

TEST(about_is_one_json_object_with_the_agreed_keys)
{
    int32_t length = 0;
    VERIFY_EQUAL(5, sg_about(nullptr, 0, &length));
    std::string text(static_cast<size_t>(length) + 1, ' ');
    done(sg_about(text.data(), static_cast<int32_t>(text.size()), &length));
    text.resize(static_cast<size_t>(length));
    VERIFY(text.front() == '{' && text.back() == '}');
    for (const char* key : {"libtorch", "abi", "cuda", "cudaDevices", "blas", "sgemm", "onednn", "winograd", "cpuCapability", "threads"}) {
        if (!contains(text, ("\"" + std::string(key) + "\":").c_str())) throw std::runtime_error(text + " lacks " + key);
    }
}

TEST(a_tensor_goes_in_and_comes_out)
{
    auto a = tensor_of({1, 2, 3}, {3}), b = tensor_of({10, 20, 30}, {3});
    auto c = call("aten::add", "Tensor", {of(a), of(b), of(2)});
    VERIFY_EQUAL(21.f, c.data()[0]);
    VERIFY_EQUAL(63.f, c.data()[2]);
    VERIFY_EQUAL(6, sg_dtype(c.get()));
    VERIFY_EQUAL(1, sg_dimensions(c.get()));
    VERIFY_EQUAL(3, sg_element_count(c.get()));
}

TEST(missing_trailing_arguments_take_the_default)
{
    auto a = tensor_of({1, 2}, {2}), b = tensor_of({5, 5}, {2});
    auto c = call("aten::add", "Tensor", {of(a), of(b)});
    VERIFY_EQUAL(7.f, c.data()[1]);
}

TEST(ints_doubles_bools_and_strings_arrive)
{
    auto x = tensor_of({1, 4, 9, 16}, {2, 2});
    VERIFY_EQUAL(20.f, call("aten::sum", "dim_IntList", {of(x), of(std::vector<int64_t>{0}), of(true)}).data()[1]);
    VERIFY_EQUAL(3.f, call("aten::pow", "Tensor_Scalar", {of(x), of(0.5)}).data()[2]);
    auto q = call("aten::div", "Tensor_mode", {of(x), of(tensor_of({2, 3, 4, 5}, {2, 2})), of(std::string("floor"))});
    VERIFY_EQUAL(2.f, q.data()[2]);
    VERIFY_EQUAL(3.f, q.data()[3]);
}

TEST(an_int_is_accepted_where_a_float_is_declared)
{
    auto x = tensor_of({1, 2, 3, 4}, {4});
    auto y = call("aten::dropout", "", {of(x), of(0), of(true)});
    VERIFY_EQUAL(4.f, y.data()[3]);
}

TEST(lists_of_doubles_arrive)
{
    auto x = tensor_of({1, 2, 3, 4}, {1, 1, 2, 2});
    auto y = call("aten::upsample_nearest2d", "vec", {of(x), none(), of(std::vector<double>{2, 3})});
    int64_t sizes[4];
    sg_sizes(y.get(), sizes);
    VERIFY_EQUAL(4, sizes[2]);
    VERIFY_EQUAL(6, sizes[3]);
}

TEST(lists_of_tensors_arrive)
{
    auto a = tensor_of({1}, {1}), b = tensor_of({2}, {1});
    auto c = call("aten::cat", "", {of(std::vector<sg_tensor>{a.get(), b.get(), a.get()}), of(0)});
    VERIFY_EQUAL(3, sg_element_count(c.get()));
    VERIFY_EQUAL(2.f, c.data()[1]);
}

TEST(lists_of_optional_tensors_arrive)
{
    auto x = tensor_of({1, 2, 3, 4}, {2, 2});
    auto index = call("aten::argmax", "", {of(tensor_of({0, 1}, {2}))});
    sg_tensor indices[] = {nullptr, index.get()};
    auto y = call("aten::index", "Tensor", {of(x), list(SG_OPTIONAL_TENSORS, indices, 2)});
    VERIFY_EQUAL(2.f, y.data()[0]);
    VERIFY_EQUAL(4.f, y.data()[1]);
}

TEST(lists_of_bools_arrive)
{
    auto x = at::randn({2, 3, 4, 4}), w = at::randn({5, 3, 3, 3}), g = at::randn({2, 5, 4, 4});
    const uint8_t mask[] = {1, 0, 0};
    auto results = call_many(find("aten::convolution_backward"), {of(g), of(x), of(w), of(std::vector<int64_t>{5}),
        of(std::vector<int64_t>{1, 1}), of(std::vector<int64_t>{1, 1}), of(std::vector<int64_t>{1, 1}), of(false),
        of(std::vector<int64_t>{0, 0}), of(1), list(SG_BOOLS, mask, 3)});
    VERIFY_EQUAL(size_t{3}, results.size());
    VERIFY(results[0].pointer != nullptr);
    VERIFY(results[1].pointer == nullptr);
    VERIFY(results[2].pointer == nullptr);
    for (auto& r : results) sg_release(r.pointer);
}

TEST(a_device_arrives)
{
    sg_argument cpu{SG_DEVICE, 0, {0}};
    auto x = call("aten::zeros", "", {of(std::vector<int64_t>{2}), of(6), none(), cpu});
    int32_t type = -1, index = -1;
    sg_device(x.get(), &type, &index);
    VERIFY_EQUAL(0, type);
    VERIFY_EQUAL(0, index);
}

TEST(a_generator_is_the_default_one)
{
    sg_argument generator{SG_GENERATOR, 0, {0}};
    auto x = tensor_of({0, 0, 0}, {3}), y = tensor_of({0, 0, 0}, {3});
    done(sg_seed(5));
    call("aten::normal_", "", {of(x), of(0.0), of(1.0), generator});
    done(sg_seed(5));
    call("aten::normal_", "", {of(y), of(0.0), of(1.0)});
    VERIFY(std::memcmp(x.data(), y.data(), 12) == 0);
}

TEST(numbers_come_out)
{
    auto x = tensor_of({2.5f}, {1});
    auto item = call_many(find("aten::item"), {of(x)});
    VERIFY_EQUAL(static_cast<int32_t>(SG_DOUBLE), item[0].tag);
    VERIFY_EQUAL(2.5, item[0].number);
    auto size = call_many(find("aten::size", "int"), {of(x), of(0)});
    VERIFY_EQUAL(static_cast<int32_t>(SG_INT), size[0].tag);
    VERIFY_EQUAL(1, size[0].integer);
    auto same = call_many(find("aten::equal"), {of(x), of(x)});
    VERIFY_EQUAL(static_cast<int32_t>(SG_BOOL), same[0].tag);
    VERIFY_EQUAL(1, same[0].integer);
}

TEST(lists_of_tensors_come_out_flat)
{
    auto parts = call_many(find("aten::split", "Tensor"), {of(tensor_of({1, 2, 3, 4, 5}, {5})), of(2)});
    VERIFY_EQUAL(size_t{3}, parts.size());
    VERIFY_EQUAL(1, sg_element_count(parts[2].pointer));
    for (auto& part : parts) sg_release(part.pointer);
}

TEST(too_little_room_hands_out_nothing_and_says_what_is_needed)
{
    auto x = tensor_of({1, 2, 3, 4, 5}, {5});
    auto before = sg_live_handles();
    sg_argument arguments[] = {of(x), of(1)};
    sg_argument results[2] = {};
    int32_t count = 0;
    auto message = refused(5, sg_call(find("aten::split", "Tensor"), arguments, 2, results, 2, &count));
    VERIFY_EQUAL(std::string("aten::split.Tensor: gives 5 results, there is room for 2"), message);
    VERIFY_EQUAL(5, count);
    VERIFY(results[0].pointer == nullptr);
    VERIFY_EQUAL(before, sg_live_handles());
}

TEST(an_unknown_operator_is_libtorchs_error)
{
    sg_operator op = &op;
    auto message = refused(1, sg_find("aten::no_such_thing", "", &op));
    VERIFY(contains(message, "aten::no_such_thing"));
    VERIFY(op == nullptr);
}

TEST(the_same_operator_is_found_once)
{
    VERIFY(find("aten::add", "Tensor") == find("aten::add", "Tensor"));
    VERIFY(find("aten::add", "Tensor") != find("aten::add", "Scalar"));
}

TEST(the_schema_can_be_read)
{
    char text[512];
    int32_t length = 0;
    done(sg_schema(find("aten::relu"), text, sizeof text, &length));
    VERIFY_EQUAL(std::string("aten::relu(Tensor self) -> Tensor"), std::string(text, static_cast<size_t>(length)));
    VERIFY_EQUAL(5, sg_schema(find("aten::relu"), text, 10, &length));
}

TEST(too_many_arguments_are_refused)
{
    auto x = tensor_of({1}, {1});
    sg_argument arguments[] = {of(x), of(1)};
    sg_argument result;
    int32_t count;
    auto message = refused(5, sg_call(find("aten::relu"), arguments, 2, &result, 1, &count));
    VERIFY_EQUAL(std::string("aten::relu: takes at most 1 arguments, not 2"), message);
}

TEST(a_missing_argument_is_named)
{
    auto x = tensor_of({1}, {1});
    sg_argument argument = of(x), result;
    int32_t count;
    auto message = refused(5, sg_call(find("aten::add", "Tensor"), &argument, 1, &result, 1, &count));
    VERIFY_EQUAL(std::string("aten::add.Tensor: argument 1 (Tensor other) is missing and has no default"), message);
}

TEST(an_argument_of_the_wrong_kind_is_refused)
{
    auto x = tensor_of({1, 2}, {2});
    sg_argument result;
    int32_t count;
    sg_argument number_for_tensor[] = {of(x), of(1)};
    VERIFY(sg_call(find("aten::add", "Tensor"), number_for_tensor, 2, &result, 1, &count) != 0);
    sg_argument tensor_for_int[] = {of(x), of(x)};
    auto message = refused(5, sg_call(find("aten::size", "int"), tensor_for_int, 2, &result, 1, &count));
    VERIFY_EQUAL(std::string("aten::size.int: argument 1 (int dim) cannot be a tensor"), message);
    double wrong[] = {1, 2};
    sg_argument doubles_for_ints[] = {of(x), list(SG_DOUBLES, wrong, 2)};
    message = refused(5, sg_call(find("aten::reshape"), doubles_for_ints, 2, &result, 1, &count));
    VERIFY(contains(message, "cannot be a list of doubles"));
    sg_argument nonsense[] = {of(x), {99, 0, {0}}};
    message = refused(5, sg_call(find("aten::reshape"), nonsense, 2, &result, 1, &count));
    VERIFY(contains(message, "argument 1"));
}

TEST(a_null_tensor_in_a_list_is_refused)
{
    sg_tensor tensors[] = {nullptr};
    sg_argument arguments[] = {list(SG_TENSORS, tensors, 1), of(0)};
    sg_argument result;
    int32_t count;
    auto message = refused(5, sg_call(find("aten::cat"), arguments, 2, &result, 1, &count));
    VERIFY(contains(message, "holds a null tensor at 0"));
}

TEST(null_pointers_are_refused_with_a_message)
{
    int32_t count;
    sg_argument result;
    sg_operator op;
    sg_tensor t;
    double value;
    VERIFY_EQUAL(std::string("sg_find: 'name' is null"), refused(5, sg_find(nullptr, "", &op)));
    VERIFY_EQUAL(std::string("sg_find: 'op' is null"), refused(5, sg_find("aten::add", "Tensor", nullptr)));
    VERIFY_EQUAL(std::string("sg_call: 'op' is null"), refused(5, sg_call(nullptr, nullptr, 0, &result, 1, &count)));
    VERIFY_EQUAL(std::string("sg_call: 'arguments' is null"), refused(5, sg_call(find("aten::relu"), nullptr, 1, &result, 1, &count)));
    VERIFY_EQUAL(std::string("sg_backward: 't' is null"), refused(5, sg_backward(nullptr, nullptr, 0)));
    VERIFY_EQUAL(std::string("sg_grad: 't' is null"), refused(5, sg_grad(nullptr, &t)));
    VERIFY_EQUAL(std::string("sg_item: 't' is null"), refused(5, sg_item(nullptr, &value)));
    VERIFY_EQUAL(std::string("sg_set_requires_grad: 't' is null"), refused(5, sg_set_requires_grad(nullptr, 1)));
    VERIFY_EQUAL(std::string("sg_set_random_state: 't' is null"), refused(5, sg_set_random_state(nullptr)));
    int64_t number;
    VERIFY_EQUAL(std::string("sg_counter: 'name' is null"), refused(5, sg_counter(nullptr, &number)));
    VERIFY_EQUAL(std::string("sg_counter: 'value' is null"), refused(5, sg_counter("live_bytes", nullptr)));
    int64_t not_an_operator[4] = {0, 0, 0, 0};
    VERIFY_EQUAL(std::string("sg_call: 'op' did not come from sg_find"),
        refused(5, sg_call(not_an_operator, nullptr, 0, &result, 1, &count)));
    sg_release(nullptr);
    sg_release_many(nullptr, 3);
    VERIFY_EQUAL(0, sg_dimensions(nullptr));
    VERIFY(sg_data(nullptr) == nullptr);
}

TEST(an_exception_of_libtorch_becomes_a_status_with_its_message)
{
    auto a = tensor_of({1, 2}, {2}), b = tensor_of({1, 2, 3}, {3});
    sg_argument arguments[] = {of(a), of(b)}, result;
    int32_t count;
    auto message = refused(1, sg_call(find("aten::add", "Tensor"), arguments, 2, &result, 1, &count));
    VERIFY(contains(message, "The size of tensor a (2) must match the size of tensor b (3)"));
    VERIFY_EQUAL(0, count);
}

TEST(too_much_memory_is_status_4)
{
    int64_t sizes[] = {int64_t{1} << 50};
    sg_tensor t = nullptr;
    auto message = refused(4, sg_empty(sizes, 1, 6, 0, 0, 0, &t));
    VERIFY(contains(message, "can't allocate memory"));
    VERIFY(t == nullptr);
}

TEST(an_unknown_dtype_or_device_is_refused)
{
    int64_t sizes[] = {2};
    sg_tensor t = nullptr;
    VERIFY_EQUAL(std::string("sg_empty: 99 is no dtype of libtorch"), refused(5, sg_empty(sizes, 1, 99, 0, 0, 0, &t)));
    VERIFY_EQUAL(std::string("sg_empty: -1 is no device type of libtorch"), refused(5, sg_empty(sizes, 1, 6, -1, 0, 0, &t)));
    VERIFY_EQUAL(5, sg_empty(sizes, -1, 6, 0, 0, 0, &t));
    VERIFY_EQUAL(5, sg_empty(nullptr, 1, 6, 0, 0, 0, &t));
}

TEST(an_error_belongs_to_its_thread)
{
    sg_operator op;
    VERIFY_EQUAL(1, sg_find("aten::only_here", "", &op));
    std::string other;
    std::thread([&] { other = sg_error(); }).join();
    VERIFY_EQUAL(std::string(), other);
    VERIFY(contains(sg_error(), "aten::only_here"));
}

TEST(handles_are_counted)
{
    auto before = sg_live_handles();
    {
        auto a = tensor_of({1}, {1});
        auto b = call("aten::relu", "", {of(a)});
        VERIFY_EQUAL(before + 2, sg_live_handles());
    }
    VERIFY_EQUAL(before, sg_live_handles());
    std::vector<sg_tensor> many(3);
    int64_t sizes[] = {1};
    for (auto& t : many) done(sg_empty(sizes, 1, 6, 0, 0, 0, &t));
    many.push_back(nullptr);
    VERIFY_EQUAL(before + 3, sg_live_handles());
    sg_release_many(many.data(), 4);
    VERIFY_EQUAL(before, sg_live_handles());
}

TEST(sizes_strides_and_formats_can_be_read)
{
    int64_t sizes[] = {2, 3, 4, 5}, read[4], strides[4];
    Handle t;
    done(sg_empty(sizes, 4, 6, 0, 0, 2, t.out()));
    sg_sizes(t.get(), read);
    VERIFY(std::equal(sizes, sizes + 4, read));
    done(sg_strides(t.get(), strides));
    VERIFY_EQUAL(1, strides[1]);
    VERIFY_EQUAL(3, strides[3]);
    VERIFY_EQUAL(1, sg_is_contiguous(t.get(), 2));
    VERIFY_EQUAL(0, sg_is_contiguous(t.get(), 0));
}

TEST(foreign_memory_is_wrapped_and_given_back_once)
{
    std::vector<float> memory{1, 2, 3, 4};
    std::atomic<int> deleted{0};
    int64_t sizes[] = {2, 2};
    sg_tensor t = nullptr;
    done(sg_from_memory(memory.data(), sizes, 2, 6, count_one, &deleted, &t));
    VERIFY(sg_data(t) == memory.data());
    auto view = call("aten::select", "int", {of(t), of(0), of(1)});
    sg_release(t);
    VERIFY_EQUAL(0, deleted.load());
    VERIFY_EQUAL(3.f, view.data()[0]);
    view = Handle();
    VERIFY_EQUAL(1, deleted.load());
}

TEST(empty_foreign_memory_is_given_back_too)
{
    std::atomic<int> deleted{0};
    int64_t sizes[] = {0};
    sg_tensor t = nullptr;
    done(sg_from_memory(nullptr, sizes, 1, 6, count_one, &deleted, &t));
    VERIFY_EQUAL(0, deleted.load());
    sg_release(t);
    VERIFY_EQUAL(1, deleted.load());
}

TEST(foreign_memory_stays_the_callers_when_it_is_refused)
{
    std::atomic<int> deleted{0};
    float value = 1;
    int64_t negative[] = {-1};
    sg_tensor t = nullptr;
    VERIFY_EQUAL(5, sg_from_memory(&value, negative, 1, 6, count_one, &deleted, &t));
    int64_t one[] = {1};
    VERIFY_EQUAL(5, sg_from_memory(&value, one, 1, 77, count_one, &deleted, &t));
    VERIFY_EQUAL(5, sg_from_memory(nullptr, one, 1, 6, count_one, &deleted, &t));
    VERIFY_EQUAL(0, deleted.load());
}

TEST(an_item_is_read_as_a_double)
{
    double value = 0;
    done(sg_item(tensor_of({0.5f}, {1, 1}).get(), &value));
    VERIFY_EQUAL(0.5, value);
    auto index = call("aten::argmax", "", {of(tensor_of({0, 7, 1}, {3}))});
    done(sg_item(index.get(), &value));
    VERIFY_EQUAL(1.0, value);
    VERIFY_EQUAL(std::string("sg_item: a tensor of one element is needed, this one has 2"),
        refused(5, sg_item(tensor_of({1, 2}, {2}).get(), &value)));
}

TEST(gradients_flow_and_accumulate)
{
    auto x = tensor_of({1, 2, 3}, {3});
    VERIFY_EQUAL(0, sg_requires_grad(x.get()));
    done(sg_set_requires_grad(x.get(), 1));
    VERIFY_EQUAL(1, sg_requires_grad(x.get()));
    Handle none_yet;
    done(sg_grad(x.get(), none_yet.out()));
    VERIFY(none_yet.get() == nullptr);
    for (int pass = 1; pass <= 2; ++pass) {
        auto y = call("aten::sum", "", {of(call("aten::mul", "Tensor", {of(x), of(x)}))});
        done(sg_backward(y.get(), nullptr, 0));
        Handle g;
        done(sg_grad(x.get(), g.out()));
        VERIFY_EQUAL(6.f * static_cast<float>(pass), g.data()[2]);
    }
    done(sg_set_grad(x.get(), nullptr));
    Handle cleared;
    done(sg_grad(x.get(), cleared.out()));
    VERIFY(cleared.get() == nullptr);
    auto given = tensor_of({9, 9, 9}, {3});
    done(sg_set_grad(x.get(), given.get()));
    Handle back;
    done(sg_grad(x.get(), back.out()));
    VERIFY_EQUAL(9.f, back.data()[0]);
    VERIFY_EQUAL(1, sg_set_grad(x.get(), tensor_of({1}, {1}).get()));
}

TEST(backward_takes_a_gradient_and_can_keep_the_graph)
{
    auto x = tensor_of({1, 2}, {2});
    done(sg_set_requires_grad(x.get(), 1));
    auto y = call("aten::mul", "Tensor", {of(x), of(x)});
    VERIFY_EQUAL(1, sg_backward(y.get(), nullptr, 0));
    auto g = tensor_of({10, 100}, {2});
    done(sg_backward(y.get(), g.get(), 1));
    done(sg_backward(y.get(), g.get(), 0));
    Handle grad;
    done(sg_grad(x.get(), grad.out()));
    VERIFY_EQUAL(40.f, grad.data()[0]);
    VERIFY_EQUAL(800.f, grad.data()[1]);
    VERIFY_EQUAL(1, sg_backward(y.get(), g.get(), 0));
}

TEST(grad_mode_belongs_to_the_thread)
{
    VERIFY_EQUAL(1, sg_set_grad_mode(0));
    int other = -1;
    std::thread([&] { other = sg_set_grad_mode(1); }).join();
    VERIFY_EQUAL(1, other);
    auto x = tensor_of({1}, {1});
    done(sg_set_requires_grad(x.get(), 1));
    auto y = call("aten::relu", "", {of(x)});
    VERIFY_EQUAL(0, sg_requires_grad(y.get()));
    VERIFY_EQUAL(0, sg_set_grad_mode(1));
}

TEST(autocast_makes_convolutions_bfloat16)
{
    auto x = at::randn({2, 16, 16, 16}), w = at::randn({16, 16, 3, 3});
    std::vector<int64_t> one{1, 1};
    for (const char* name : {"aten::conv2d", "segsharp::conv"}) {
        done(sg_set_autocast(0, 1, 15));
        auto y = call(name, "", {of(x), of(w), none(), of(one), of(one), of(one), of(1)});
        done(sg_set_autocast(0, 0, 15));
        VERIFY_EQUAL(15, sg_dtype(y.get()));
    }
    VERIFY_EQUAL(5, sg_set_autocast(0, 1, 6));
    VERIFY_EQUAL(5, sg_set_autocast(7, 1, 15));
}

TEST(the_random_state_restores_the_stream)
{
    done(sg_seed(42));
    Handle state;
    done(sg_random_state(state.out()));
    auto a = tensor_of(std::vector<float>(100), {100}), b = tensor_of(std::vector<float>(100), {100});
    call("aten::normal_", "", {of(a)});
    done(sg_set_random_state(state.get()));
    call("aten::normal_", "", {of(b)});
    VERIFY(std::memcmp(a.data(), b.data(), 400) == 0);
    VERIFY(a.data()[0] != a.data()[1]);
    VERIFY_EQUAL(1, sg_set_random_state(a.get()));
}

TEST(threads_can_be_set)
{
    int before = sg_threads();
    done(sg_set_threads(2));
    VERIFY_EQUAL(2, sg_threads());
    VERIFY_EQUAL(std::string("sg_set_threads: at least one thread is needed, not 0"), refused(5, sg_set_threads(0)));
    done(sg_set_threads(before));
}

TEST(calls_from_several_threads_do_not_disturb_each_other)
{
    auto before = sg_live_handles();
    std::atomic<int> wrong{0};
    std::vector<std::thread> threads;
    for (int k = 0; k < 4; ++k) {
        threads.emplace_back([&wrong, k] {
            try {
                for (int round = 0; round < 200; ++round) {
                    auto x = tensor_of({static_cast<float>(k)}, {1});
                    auto y = call("aten::add", "Tensor", {of(x), of(x)});
                    if (y.data()[0] != 2.f * static_cast<float>(k)) ++wrong;
                    sg_operator op;
                    if (sg_find(("aten::no" + std::to_string(k)).c_str(), "", &op) != 1) ++wrong;
                    if (!contains(sg_error(), ("aten::no" + std::to_string(k)).c_str())) ++wrong;
                }
            } catch (...) {
                ++wrong;
            }
        });
    }
    for (auto& thread : threads) thread.join();
    VERIFY_EQUAL(0, wrong.load());
    VERIFY_EQUAL(before, sg_live_handles());
}

TEST(devices_can_be_asked_for)
{
    VERIFY(sg_cuda_count() >= 0);
    done(sg_synchronize(0, 0));
    if (sg_cuda_count() == 0) throw check::Skip("no CUDA device here");
    int64_t sizes[] = {4};
    Handle x;
    done(sg_empty(sizes, 1, 6, 1, 0, 0, x.out()));
    VERIFY(sg_data(x.get()) == nullptr);
    int32_t type = 0, index = -1;
    sg_device(x.get(), &type, &index);
    VERIFY_EQUAL(1, type);
    VERIFY_EQUAL(0, index);
    call("aten::fill_", "Scalar", {of(x), of(3.0)});
    auto sum = call("aten::sum", "", {of(x)});
    double value = 0;
    done(sg_item(sum.get(), &value));
    VERIFY_EQUAL(12.0, value);
    done(sg_synchronize(1, 0));
}

TEST(an_unknown_switch_or_counter_lists_what_there_is)
{
    int64_t value = 0;
    VERIFY_EQUAL(std::string("sg_counter: no counter is called 'speed'; there are sgemm_calls, winograd_calls, fused_calls, live_bytes, peak_bytes, cached_bytes, allocations"),
        refused(5, sg_counter("speed", &value)));
    VERIFY(contains(refused(5, sg_set_switch("turbo", 1)), "no switch is called 'turbo'; there are sgemm, winograd"));
    VERIFY_EQUAL(std::string("sg_set_switch: 'winograd' goes from 0 to 2, not 7"), refused(5, sg_set_switch("winograd", 7)));
    VERIFY_EQUAL(5, sg_reset_counter("live_bytes"));
}
