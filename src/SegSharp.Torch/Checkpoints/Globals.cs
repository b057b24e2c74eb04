using SegSharp.Foundation;

namespace SegSharp.Torch.Checkpoints;

/// <summary>
/// The closed list of names that a pickle may use. The full pair of module and name must match; none of them is ever called.
/// </summary>
internal static class Globals
{
    private static readonly Dictionary<string, DType?> Storages = new(StringComparer.Ordinal)
    {
        ["torch.FloatStorage"] = DType.Float32,
        ["torch.DoubleStorage"] = DType.Float64,
        ["torch.HalfStorage"] = DType.Float16,
        ["torch.BFloat16Storage"] = DType.BFloat16,
        ["torch.LongStorage"] = DType.Int64,
        ["torch.IntStorage"] = DType.Int32,
        ["torch.ShortStorage"] = DType.Int16,
        ["torch.CharStorage"] = DType.Int8,
        ["torch.ByteStorage"] = DType.UInt8,
        ["torch.BoolStorage"] = DType.Bool,
        ["torch.ComplexFloatStorage"] = DType.Complex64,
        ["torch.ComplexDoubleStorage"] = DType.Complex128,
        ["torch.storage.UntypedStorage"] = null,
        ["torch.UntypedStorage"] = null,
    };

    private static readonly Dictionary<string, DType> ElementTypes = new(StringComparer.Ordinal)
    {
        ["torch.float32"] = DType.Float32,
        ["torch.float64"] = DType.Float64,
        ["torch.float16"] = DType.Float16,
        ["torch.bfloat16"] = DType.BFloat16,
        ["torch.int64"] = DType.Int64,
        ["torch.int32"] = DType.Int32,
        ["torch.int16"] = DType.Int16,
        ["torch.int8"] = DType.Int8,
        ["torch.uint8"] = DType.UInt8,
        ["torch.bool"] = DType.Bool,
        ["torch.complex32"] = DType.Complex32,
        ["torch.complex64"] = DType.Complex64,
        ["torch.complex128"] = DType.Complex128,
    };

    // Classes of which a description is kept: name, arguments, state.
    private static readonly HashSet<string> Classes = new(StringComparer.Ordinal)
    {
        "torch.Size", "torch.device", "torch.Tensor", "torch.nn.parameter.Parameter",
        "torch._utils._rebuild_tensor", "torch._utils._rebuild_tensor_v2", "torch._utils._rebuild_tensor_v3",
        "torch._utils._rebuild_parameter", "torch._utils._rebuild_parameter_with_state", "torch._tensor._rebuild_from_type_v2",
        "collections.OrderedDict", "collections.defaultdict", "collections.Counter", "collections.deque",
        "builtins.set", "builtins.frozenset", "builtins.list", "builtins.dict", "builtins.tuple", "builtins.complex", "builtins.slice",
        "builtins.bytearray", "builtins.int", "builtins.float", "builtins.bool", "builtins.str", "builtins.bytes",
        "numpy.core.multiarray.scalar", "numpy.core.multiarray._reconstruct", "numpy.dtype", "numpy.ndarray", "_codecs.encode",
        "datetime.datetime", "datetime.date", "datetime.time", "datetime.timedelta", "datetime.timezone",
        "pathlib.Path", "pathlib.PosixPath", "pathlib.PurePosixPath", "pathlib.PurePath", "pathlib.WindowsPath", "pathlib.PureWindowsPath",
        "argparse.Namespace", "types.SimpleNamespace",
    };

    // Names only for a clearer refusal; what decides is the list above.
    private static readonly HashSet<string> RunsCode = new(StringComparer.Ordinal)
    {
        "os", "posix", "nt", "subprocess", "sys", "builtins", "__builtin__", "runpy", "importlib", "shutil", "socket", "pty", "code",
        "ctypes", "operator", "functools", "pickle", "_pickle", "copyreg", "webbrowser", "asyncio", "multiprocessing", "threading", "torch.storage",
    };

    /// <summary>The name by which an allowed pair is known here, or null when it is not allowed.</summary>
    public static string? Canonical(string module, string name)
    {
        var known = module switch
        {
            "__builtin__" => "builtins",
            "numpy._core.multiarray" => "numpy.core.multiarray",
            "pathlib._local" => "pathlib",
            "torch.cuda" when name.EndsWith("Storage") => "torch",
            "torch._tensor" when name == "Tensor" => "torch",
            _ => module,
        };

        // A dot inside the name would reach through an allowed module to something else.
        var full = $"{known}.{name}";
        return !name.Contains('.') && (Classes.Contains(full) || Storages.ContainsKey(full) || ElementTypes.ContainsKey(full)) ? full : null;
    }

    /// <summary>Whether a description of an object of that class is kept.</summary>
    public static bool IsClass(string name) => Classes.Contains(name);

    /// <summary>Whether it is the class of a storage; its element type is null when it counts bytes.</summary>
    public static bool IsStorage(string name, out DType? dtype) => Storages.TryGetValue(name, out dtype);

    /// <summary>Whether it is an element type.</summary>
    public static bool IsElementType(string name, out DType dtype) => ElementTypes.TryGetValue(name, out dtype);

    /// <summary>The refusal, by name.</summary>
    public static InputException Refuse(ByteSource file, string module, string name)
    {
        var full = $"{TensorFactory.Name(module)}.{TensorFactory.Name(name)}";
        if (module.StartsWith("__torch__"))
        {
            return file.Bad($"it is a TorchScript model (it names '{full}'), not a checkpoint", "save the weights: torch.save(torch.jit.load(path).state_dict(), out)");
        }

        var root = module.Split('.')[0];
        if (RunsCode.Contains(root) || RunsCode.Contains(module) || name.Contains('.'))
        {
            return file.Bad($"its pickle names '{full}', which would execute code; refused", "do not trust this file; ask its author for the weights as .safetensors");
        }

        return module.StartsWith("torch.nn") || module == "__main__" || module.Contains("model") || module.Contains("net")
            ? file.Bad(
                $"its pickle holds an object of the Python class '{full}' (a whole model, not its weights); refused",
                "save the weights alone: torch.save(model.state_dict(), path)")
            : file.Bad(
                $"its pickle names '{full}', which is not on the list of harmless classes; refused",
                "save the weights alone: torch.save(model.state_dict(), path)");
    }
}
