#include "error.h"
#include "segsharp_torch.h"

#include <cstring>

namespace segsharp {

namespace {

thread_local std::string message_text;
thread_local const char* message = "";

/// libtorch reports a failed CPU allocation as an ordinary c10::Error; the text is all that tells it apart.
bool is_about_memory(const char* text)
{
    return std::strstr(text, "can't allocate memory") != nullptr || std::strstr(text, "not enough memory") != nullptr
        || std::strstr(text, "CUDA out of memory") != nullptr;
}

}  // namespace

void set_error(const char* text) noexcept
{
    try {
        message_text = text;
        message = message_text.c_str();
    } catch (...) {
        message = "out of memory while an error was being reported";
    }
}

const char* last_error() noexcept
{
    return message;
}

int status_of_current_exception() noexcept
{
    try {
        throw;
    } catch (const ArgumentError& error) {
        set_error(error.what());
        return WrongArguments;
    } catch (const c10::Error& error) {
        try {
            const char* text = error.what_without_backtrace();
            set_error(text);
            return is_about_memory(text) ? OutOfMemory : LibtorchError;
        } catch (...) {
            set_error("libtorch failed, and its message could not be read");
            return LibtorchError;
        }
    } catch (const std::bad_alloc&) {
        set_error("out of memory");
        return OutOfMemory;
    } catch (const std::exception& error) {
        set_error(error.what());
        return CppError;
    } catch (...) {
        set_error("an exception of unknown type");
        return UnknownError;
    }
}

void require(const void* pointer, const char* function, const char* argument)
{
    if (pointer == nullptr) throw ArgumentError(std::string(function) + ": '" + argument + "' is null");
}

void copy_text(const std::string& text, char* utf8, int capacity, int* length, const char* function)
{
    if (length != nullptr) *length = static_cast<int>(text.size());
    if (capacity < static_cast<int>(text.size()) + 1) {
        throw ArgumentError(std::string(function) + ": the text needs " + std::to_string(text.size() + 1)
            + " bytes, the buffer has " + std::to_string(capacity));
    }
    require(utf8, function, "utf8");
    std::memcpy(utf8, text.c_str(), text.size() + 1);
}

}  // namespace segsharp

int32_t sg_abi_version(void)
{
    return SG_ABI_VERSION;
}

const char* sg_error(void)
{
    return segsharp::last_error();
}
