using System.Runtime.InteropServices;

namespace SegSharp.Torch.Native;

/// <summary>The functions of <c>native/torch/segsharp_torch.h</c>, one import each. The library is loaded by the first call.</summary>
internal static unsafe partial class Bridge
{
    private const string Library = BridgeLoader.Name;

    static Bridge() => BridgeLoader.Register();

    [LibraryImport(Library, EntryPoint = "sg_error")]
    public static partial byte* Error();

    [LibraryImport(Library, EntryPoint = "sg_about")]
    public static partial int About(byte* text, int capacity, int* length);

    [LibraryImport(Library, EntryPoint = "sg_find", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Find(string name, string overload, out nint op);

    [LibraryImport(Library, EntryPoint = "sg_schema")]
    public static partial int Schema(nint op, byte* text, int capacity, int* length);

    [LibraryImport(Library, EntryPoint = "sg_call")]
    public static partial int Call(nint op, NativeArgument* arguments, int n, NativeArgument* results, int capacity, int* count);

    [LibraryImport(Library, EntryPoint = "sg_release")]
    public static partial void Release(nint t);

    [LibraryImport(Library, EntryPoint = "sg_release_many")]
    public static partial void ReleaseMany(nint* t, int n);

    [LibraryImport(Library, EntryPoint = "sg_live_handles")]
    public static partial long LiveHandles();

    [LibraryImport(Library, EntryPoint = "sg_dtype"), SuppressGCTransition]
    public static partial int DType(nint t);

    [LibraryImport(Library, EntryPoint = "sg_dimensions"), SuppressGCTransition]
    public static partial int Dimensions(nint t);

    [LibraryImport(Library, EntryPoint = "sg_element_count"), SuppressGCTransition]
    public static partial long ElementCount(nint t);

    [LibraryImport(Library, EntryPoint = "sg_sizes"), SuppressGCTransition]
    public static partial void Sizes(nint t, long* sizes);

    [LibraryImport(Library, EntryPoint = "sg_strides")]
    public static partial int Strides(nint t, long* strides);

    [LibraryImport(Library, EntryPoint = "sg_data")]
    public static partial void* Data(nint t);

    [LibraryImport(Library, EntryPoint = "sg_device")]
    public static partial void Device(nint t, int* type, int* index);

    [LibraryImport(Library, EntryPoint = "sg_is_contiguous")]
    public static partial int IsContiguous(nint t, int memoryFormat);

    [LibraryImport(Library, EntryPoint = "sg_empty")]
    public static partial int Empty(long* sizes, int n, int dtype, int deviceType, int deviceIndex, int memoryFormat, out nint result);

    [LibraryImport(Library, EntryPoint = "sg_from_memory")]
    public static partial int FromMemory(
        void* data, long* sizes, int n, int dtype, delegate* unmanaged<void*, void> deleter, void* context, out nint result);

    [LibraryImport(Library, EntryPoint = "sg_item")]
    public static partial int Item(nint t, out double value);

    [LibraryImport(Library, EntryPoint = "sg_set_requires_grad")]
    public static partial int SetRequiresGrad(nint t, int on);

    [LibraryImport(Library, EntryPoint = "sg_requires_grad")]
    public static partial int RequiresGrad(nint t);

    [LibraryImport(Library, EntryPoint = "sg_grad")]
    public static partial int Grad(nint t, out nint result);

    [LibraryImport(Library, EntryPoint = "sg_set_grad")]
    public static partial int SetGrad(nint t, nint grad);

    [LibraryImport(Library, EntryPoint = "sg_backward")]
    public static partial int Backward(nint t, nint grad, int retainGraph);

    [LibraryImport(Library, EntryPoint = "sg_set_grad_mode")]
    public static partial int SetGradMode(int on);

    [LibraryImport(Library, EntryPoint = "sg_set_autocast")]
    public static partial int SetAutocast(int deviceType, int on, int dtype);

    [LibraryImport(Library, EntryPoint = "sg_script_load", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int ScriptLoad(string path, out nint result);

    [LibraryImport(Library, EntryPoint = "sg_script_release")]
    public static partial void ScriptRelease(nint script);

    [LibraryImport(Library, EntryPoint = "sg_script_to")]
    public static partial int ScriptTo(nint script, int deviceType, int deviceIndex);

    [LibraryImport(Library, EntryPoint = "sg_script_state")]
    public static partial int ScriptState(nint script, out nint named);

    [LibraryImport(Library, EntryPoint = "sg_script_forward")]
    public static partial int ScriptForward(nint script, nint* inputs, int n, out nint named);

    [LibraryImport(Library, EntryPoint = "sg_named_count")]
    public static partial int NamedCount(nint named);

    [LibraryImport(Library, EntryPoint = "sg_named_name")]
    public static partial int NamedName(nint named, int index, byte* text, int capacity, int* length);

    [LibraryImport(Library, EntryPoint = "sg_named_tensor")]
    public static partial int NamedTensor(nint named, int index, out nint result);

    [LibraryImport(Library, EntryPoint = "sg_named_release")]
    public static partial void NamedRelease(nint named);

    [LibraryImport(Library, EntryPoint = "sg_seed")]
    public static partial int Seed(long seed);

    [LibraryImport(Library, EntryPoint = "sg_random_state")]
    public static partial int RandomState(out nint result);

    [LibraryImport(Library, EntryPoint = "sg_set_random_state")]
    public static partial int SetRandomState(nint state);

    [LibraryImport(Library, EntryPoint = "sg_set_threads")]
    public static partial int SetThreads(int n);

    [LibraryImport(Library, EntryPoint = "sg_threads")]
    public static partial int Threads();

    [LibraryImport(Library, EntryPoint = "sg_cuda_count")]
    public static partial int CudaCount();

    [LibraryImport(Library, EntryPoint = "sg_synchronize")]
    public static partial int Synchronize(int deviceType, int deviceIndex);

    [LibraryImport(Library, EntryPoint = "sg_set_switch", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int SetSwitch(string name, long value);

    [LibraryImport(Library, EntryPoint = "sg_switch", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Switch(string name, out long value);

    [LibraryImport(Library, EntryPoint = "sg_counter", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Counter(string name, out long value);

    [LibraryImport(Library, EntryPoint = "sg_reset_counter", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int ResetCounter(string name);

    [LibraryImport(Library, EntryPoint = "sg_empty_cache")]
    public static partial int EmptyCache();

    /// <summary>Throws what the bridge said when the status is not 0.</summary>
    public static void Check(int status, string what)
    {
        if (status != 0)
        {
            throw new TorchException(what, Marshal.PtrToStringUTF8((nint)Error()) ?? "no message");
        }
    }
}
