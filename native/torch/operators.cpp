// Operators by name: one generic call through libtorch's dispatcher.
#include "compatibility.h"
#include "handles.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/core/stack.h>

#include <memory>
#include <mutex>
#include <sstream>
#include <string>
#include <unordered_map>
#include <vector>

namespace segsharp {
namespace {

/// What an sg_operator points to. Kept for the life of the process: handles stay good and sg_find may be repeated.
struct Operator {
    static constexpr uint64_t Signature = 0x5365675368617270;  // "SegSharp"

    explicit Operator(const c10::OperatorHandle& found) : handle(found), schema(&handle.schema()) {}

    uint64_t signature = Signature;
    c10::OperatorHandle handle;
    const c10::FunctionSchema* schema;
};

Operator& checked(sg_operator handle, const char* function)
{
    require(handle, function, "op");
    auto* op = static_cast<Operator*>(handle);
    if (op->signature != Operator::Signature) throw ArgumentError(std::string(function) + ": 'op' did not come from sg_find");
    return *op;
}

[[noreturn]] void refuse(const Operator& op, size_t index, const std::string& why)
{
    std::ostringstream text;
    text << c10::toString(op.schema->operator_name()) << ": argument " << index;
    if (index < op.schema->arguments().size()) {
        const auto& argument = op.schema->arguments()[index];
        text << " (" << argument.type()->str() << ' ' << argument.name() << ')';
    }
    text << ' ' << why;
    throw ArgumentError(text.str());
}

const char* name_of(int32_t tag)
{
    static const char* const names[] = {"none", "a tensor", "an int", "a double", "a bool", "a string", "a list of ints",
        "a list of doubles", "a list of tensors", "a list of optional tensors", "a list of bools", "a device", "a generator"};
    return tag >= 0 && tag <= SG_GENERATOR ? names[tag] : "an unknown tag";
}

bool is_list(int32_t tag)
{
    return tag >= SG_STRING && tag <= SG_BOOLS;
}

/// Unboxing some lists is unchecked in libtorch: a list of another kind would be read as the wrong type. So kinds are compared here.
bool list_fits(const c10::Type& element, int32_t tag)
{
    switch (element.kind()) {
    case c10::TypeKind::TensorType: return tag == SG_TENSORS;
    case c10::TypeKind::OptionalType: return tag == SG_OPTIONAL_TENSORS || tag == SG_TENSORS;
    case c10::TypeKind::FloatType: return tag == SG_DOUBLES;
    case c10::TypeKind::BoolType: return tag == SG_BOOLS;
    default: return tag == SG_INTS;  // int, SymInt, and the enumerations that travel as ints
    }
}

c10::IValue to_value(const Operator& op, size_t index, const sg_argument& a)
{
    // The declared type without its "optional".
    const c10::Type* declared = op.schema->arguments()[index].type().get();
    bool optional = declared->kind() == c10::TypeKind::OptionalType;
    if (optional) declared = declared->castRaw<c10::OptionalType>()->getElementType().get();
    auto kind = declared->kind();

    if (is_list(a.tag)) {
        if (a.length < 0) refuse(op, index, "has a negative length");
        if (a.length > 0 && a.pointer == nullptr) refuse(op, index, "is a null list with a length");
        if (a.tag != SG_STRING) {
            if (kind != c10::TypeKind::ListType || !list_fits(*declared->containedType(0), a.tag)) {
                refuse(op, index, std::string("cannot be ") + name_of(a.tag));
            }
        }
    } else if (kind == c10::TypeKind::ListType && a.tag != SG_NONE) {
        refuse(op, index, std::string("cannot be ") + name_of(a.tag));
    }
    auto length = static_cast<size_t>(a.length);

    switch (a.tag) {
    case SG_NONE:
        if (!optional && kind == c10::TypeKind::TensorType) return at::Tensor();
        return c10::IValue();
    case SG_TENSOR:
        if (kind != c10::TypeKind::TensorType) refuse(op, index, "cannot be a tensor");
        if (a.pointer == nullptr && optional) return c10::IValue();
        return borrow(a.pointer);
    case SG_INT:
        if (kind == c10::TypeKind::FloatType) return static_cast<double>(a.integer);
        return a.integer;
    case SG_DOUBLE: return a.number;
    case SG_BOOL: return a.integer != 0;
    case SG_STRING: return std::string(static_cast<const char*>(a.pointer), length);
    case SG_INTS: return at::IntArrayRef(static_cast<const int64_t*>(a.pointer), length);
    case SG_DOUBLES: return at::ArrayRef<double>(static_cast<const double*>(a.pointer), length);
    case SG_TENSORS:
    case SG_OPTIONAL_TENSORS: {
        auto handles = static_cast<const sg_tensor*>(a.pointer);
        if (declared->containedType(0)->kind() == c10::TypeKind::OptionalType) {
            c10::List<compatibility::optional<at::Tensor>> list;
            list.reserve(length);
            for (size_t k = 0; k < length; ++k) {
                list.push_back(handles[k] == nullptr ? compatibility::optional<at::Tensor>() : borrow(handles[k]));
            }
            return list;
        }
        c10::List<at::Tensor> list;
        list.reserve(length);
        for (size_t k = 0; k < length; ++k) {
            if (handles[k] == nullptr) refuse(op, index, "holds a null tensor at " + std::to_string(k));
            list.push_back(borrow(handles[k]));
        }
        return list;
    }
    case SG_BOOLS: {
        auto bytes = static_cast<const uint8_t*>(a.pointer);
        c10::List<bool> list;
        list.reserve(length);
        for (size_t k = 0; k < length; ++k) list.push_back(bytes[k] != 0);
        return list;
    }
    case SG_DEVICE: {
        auto type = static_cast<c10::DeviceType>(a.length);
        return c10::Device(type, static_cast<c10::DeviceIndex>(type == c10::DeviceType::CPU ? -1 : a.integer));
    }
    case SG_GENERATOR:
        if (a.pointer != nullptr) refuse(op, index, "can only be the default generator (a null pointer)");
        return at::detail::getDefaultCPUGenerator();
    default: refuse(op, index, "has the unknown tag " + std::to_string(a.tag));
    }
}

/// How many results one value of the stack becomes.
size_t width(const Operator& op, const c10::IValue& value)
{
    if (value.isTensorList()) return value.toTensorList().size();
    if (value.isTensor() || value.isInt() || value.isDouble() || value.isBool() || value.isNone() || value.isDevice()) return 1;
    throw ArgumentError(c10::toString(op.schema->operator_name()) + ": a result of type " + value.tagKind()
        + " cannot be handed out");
}

void put(c10::IValue&& value, sg_argument*& next)
{
    *next = sg_argument{SG_NONE, 0, {0}};
    if (value.isTensor()) {
        next->tag = SG_TENSOR;
        next++->pointer = give(std::move(value).toTensor());
    } else if (value.isTensorList()) {
        for (auto&& tensor : value.toTensorVector()) {
            *next = sg_argument{SG_TENSOR, 0, {0}};
            next++->pointer = give(std::move(tensor));
        }
    } else if (value.isInt()) {
        next->tag = SG_INT;
        next++->integer = value.toInt();
    } else if (value.isDouble()) {
        next->tag = SG_DOUBLE;
        next++->number = value.toDouble();
    } else if (value.isBool()) {
        next->tag = SG_BOOL;
        next++->integer = value.toBool() ? 1 : 0;
    } else if (value.isDevice()) {
        auto device = value.toDevice();
        next->tag = SG_DEVICE;
        next->length = static_cast<int32_t>(device.type());
        next++->integer = device.has_index() ? device.index() : 0;
    } else {
        ++next;
    }
}

}  // namespace
}  // namespace segsharp

using namespace segsharp;

int32_t sg_find(const char* name, const char* overload, sg_operator* op)
{
    return guarded([&] {
        require(name, "sg_find", "name");
        require(op, "sg_find", "op");
        *op = nullptr;
        static std::mutex mutex;
        static auto& known = *new std::unordered_map<std::string, std::unique_ptr<Operator>>();
        const char* variant = overload == nullptr ? "" : overload;
        std::string key = std::string(name) + '.' + variant;
        std::lock_guard<std::mutex> lock(mutex);
        auto& entry = known[key];
        if (entry == nullptr) entry = std::make_unique<Operator>(c10::Dispatcher::singleton().findSchemaOrThrow(name, variant));
        *op = entry.get();
    });
}

int32_t sg_schema(sg_operator op, char* utf8, int32_t capacity, int32_t* length)
{
    return guarded([&] {
        std::ostringstream text;
        text << *checked(op, "sg_schema").schema;
        copy_text(text.str(), utf8, capacity, length, "sg_schema");
    });
}

int32_t sg_call(sg_operator handle, const sg_argument* arguments, int32_t n, sg_argument* results, int32_t capacity, int32_t* count)
{
    if (count != nullptr) *count = 0;
    return guarded([&] {
        const auto& op = checked(handle, "sg_call");
        const auto& declared = op.schema->arguments();
        auto given = static_cast<size_t>(n < 0 ? 0 : n);
        if (given > 0) require(arguments, "sg_call", "arguments");
        if (n < 0 || given > declared.size()) {
            throw ArgumentError(c10::toString(op.schema->operator_name()) + ": takes at most " + std::to_string(declared.size())
                + " arguments, not " + std::to_string(n));
        }
        torch::jit::Stack stack;
        stack.reserve(declared.size());
        for (size_t k = 0; k < given; ++k) stack.push_back(to_value(op, k, arguments[k]));
        for (size_t k = given; k < declared.size(); ++k) {
            const auto& value = declared[k].default_value();
            if (!value.has_value()) refuse(op, k, "is missing and has no default");
            stack.push_back(*value);
        }
        op.handle.callBoxed(&stack);

        size_t needed = 0;
        for (const auto& value : stack) needed += width(op, value);
        if (count != nullptr) *count = static_cast<int32_t>(needed);
        if (needed > static_cast<size_t>(capacity < 0 ? 0 : capacity)) {
            throw ArgumentError(c10::toString(op.schema->operator_name()) + ": gives " + std::to_string(needed)
                + " results, there is room for " + std::to_string(capacity));
        }
        if (needed > 0) require(results, "sg_call", "results");
        for (auto& value : stack) put(std::move(value), results);
    });
}
