// Decodes the pixels of DICOM files with GDCM, in a process of its own: what a malformed file can do ends here.
//
// Standard input:  requests, one after the other: uint32 length, then that many bytes of a path.
// Standard output: one answer each: an Answer, then `bytes` bytes: pixels when status is 0, else one sentence without line end.
// All numbers are little endian. Pixels are as stored (no rescale, no palette applied), samples side by side, frames one after the other.
// No answer ever holds a value of the file's text elements: they may name a patient.
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <exception>
#include <limits>
#include <new>
#include <string>
#include <vector>

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <gdcmImageChangePlanarConfiguration.h>
#include <gdcmImageReader.h>
#include <gdcmTrace.h>
#include <gdcmVersion.h>

namespace {

constexpr uint32_t kMagic = 0x43444753;               // "SGDC"
constexpr uint32_t kMostPathBytes = 1u << 16;
constexpr uint64_t kMostBytes = 0x7FFFFFC7;           // what an array of the other side holds
constexpr rlim_t kMostMemory = rlim_t(12) << 30;      // address space: a file that asks for more gets an error

struct Answer {
    uint32_t magic = kMagic;
    uint32_t status = 0;                              // 0 pixels, 1 an error
    uint32_t width = 0, height = 0, frames = 0, samples = 0;
    uint32_t bits_allocated = 0, bits_stored = 0, high_bit = 0, is_signed = 0;
    uint32_t photometric = 0;                         // as in Photometric below
    uint32_t reserved = 0;
    uint64_t bytes = 0;
};
static_assert(sizeof(Answer) == 56, "the other side reads 56 bytes");

enum Photometric : uint32_t { Other = 0, Monochrome1 = 1, Monochrome2 = 2, Palette = 3, Rgb = 4, YbrFull = 5, YbrFull422 = 6, Ybr2000 = 7 };

bool read_all(int file, void* target, size_t count) {
    auto at = static_cast<char*>(target);
    while (count > 0) {
        const ssize_t n = read(file, at, count);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return false;
        at += n;
        count -= static_cast<size_t>(n);
    }
    return true;
}

bool write_all(int file, const void* source, size_t count) {
    auto at = static_cast<const char*>(source);
    while (count > 0) {
        const ssize_t n = write(file, at, count);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return false;
        at += n;
        count -= static_cast<size_t>(n);
    }
    return true;
}

uint32_t number_of(const gdcm::PhotometricInterpretation& photometric) {
    switch (photometric.GetType()) {
        case gdcm::PhotometricInterpretation::MONOCHROME1: return Monochrome1;
        case gdcm::PhotometricInterpretation::MONOCHROME2: return Monochrome2;
        case gdcm::PhotometricInterpretation::PALETTE_COLOR: return Palette;
        case gdcm::PhotometricInterpretation::RGB: return Rgb;
        case gdcm::PhotometricInterpretation::YBR_FULL: return YbrFull;
        case gdcm::PhotometricInterpretation::YBR_FULL_422: return YbrFull422;
        case gdcm::PhotometricInterpretation::YBR_ICT:
        case gdcm::PhotometricInterpretation::YBR_RCT: return Ybr2000;
        default: return Other;
    }
}

struct Refused { const char* why; };

void decode(const std::string& path, Answer& answer, std::vector<char>& pixels) {
    gdcm::ImageReader reader;
    reader.SetFileName(path.c_str());
    if (!reader.Read()) throw Refused{"GDCM finds no image in it that it can decode"};

    const gdcm::Image* image = &reader.GetImage();
    gdcm::ImageChangePlanarConfiguration planar;
    if (image->GetPixelFormat().GetSamplesPerPixel() == 3 && image->GetPlanarConfiguration() == 1) {
        planar.SetInput(*image);
        planar.SetPlanarConfiguration(0);
        if (!planar.Change()) throw Refused{"GDCM cannot bring its colour planes together"};
        image = static_cast<const gdcm::Image*>(&planar.GetOutput());
    }

    const unsigned long bytes = image->GetBufferLength();
    if (bytes == 0 || bytes > kMostBytes) throw Refused{"its pixels would take no bytes, or more than 2 GB"};
    pixels.resize(bytes);
    if (!image->GetBuffer(pixels.data())) throw Refused{"GDCM cannot decode its pixels"};

    // Some codecs learn only while they decode what the stream really holds.
    const auto format = image->GetPixelFormat();
    answer.width = image->GetDimension(0);
    answer.height = image->GetDimension(1);
    answer.frames = image->GetNumberOfDimensions() > 2 ? image->GetDimension(2) : 1;
    answer.samples = format.GetSamplesPerPixel();
    answer.bits_allocated = format.GetBitsAllocated();
    answer.bits_stored = format.GetBitsStored();
    answer.high_bit = format.GetHighBit();
    answer.is_signed = format.GetPixelRepresentation();
    answer.photometric = number_of(image->GetPhotometricInterpretation());
    answer.bytes = bytes;
}

}  // namespace

int main(int count, char** arguments) {
    if (count == 2 && std::strcmp(arguments[1], "--version") == 0) {
        std::printf("segsharp-dicom 1 (GDCM %s)\n", gdcm::Version::GetVersion());
        return 0;
    }

    // Whatever a codec prints must not fall between the answers, nor onto somebody's terminal.
    const int in = dup(STDIN_FILENO), out = dup(STDOUT_FILENO), nowhere = open("/dev/null", O_RDWR);
    if (in < 0 || out < 0 || nowhere < 0) return 2;
    dup2(nowhere, STDIN_FILENO);
    dup2(nowhere, STDOUT_FILENO);
    dup2(nowhere, STDERR_FILENO);
    gdcm::Trace::DebugOff();
    gdcm::Trace::WarningOff();
    gdcm::Trace::ErrorOff();

    const rlimit memory{kMostMemory, kMostMemory}, no_core{0, 0};
    setrlimit(RLIMIT_AS, &memory);
    setrlimit(RLIMIT_CORE, &no_core);

    for (;;) {
        uint32_t length = 0;
        if (!read_all(in, &length, sizeof length)) return 0;
        if (length > kMostPathBytes) return 2;
        std::string path(length, '\0');
        if (!read_all(in, path.data(), length)) return 0;

        Answer answer;
        std::vector<char> pixels;
        const char* why = nullptr;
        try {
            decode(path, answer, pixels);
        } catch (const Refused& refused) {
            why = refused.why;
        } catch (const std::bad_alloc&) {
            why = "decoding it needs more memory than is allowed";
        } catch (...) {
            why = "GDCM stopped with an error";
        }

        if (why != nullptr) {
            answer = Answer{};
            answer.status = 1;
            answer.bytes = std::strlen(why);
        }

        if (!write_all(out, &answer, sizeof answer) || !write_all(out, why != nullptr ? why : pixels.data(), answer.bytes)) return 0;
    }
}
