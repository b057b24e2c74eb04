using SegSharp.Torch.Checkpoints;
using SegSharp.Torch.Native;

namespace SegSharp.Torch;

/// <summary>A TorchScript model: a network with its code in one file, run by libtorch.</summary>
/// <remarks>
/// The file is a program. It runs with the rights of this process, and nothing checks what it does: load what its maker is trusted for.
/// Parity: PyTorch 1.13.1 torch.jit.load, scripted and traced models, tensors, tuples, lists and dictionaries out.
/// </remarks>
public sealed unsafe class ScriptModule : IDisposable
{
    private readonly string _path;
    private nint _handle;

    private ScriptModule(string path, nint handle)
    {
        _path = path;
        _handle = handle;
    }

    /// <summary>Releases the model when nobody disposed it.</summary>
    ~ScriptModule() => Bridge.ScriptRelease(_handle);

    /// <summary>Whether a file is a TorchScript archive, by its entries. Nothing in it is run, and no native library is loaded.</summary>
    /// <param name="path">Any file; what cannot be read is none.</param>
    public static bool IsScript(string path)
    {
        if (!File.Exists(path))
        {
            return false;
        }

        try
        {
            using var source = ByteSource.Open(path);
            if (!source.Read(0, (int)Math.Min(source.Length, 4)).AsSpan().SequenceEqual("PK\x03\x04"u8))
            {
                return false;
            }

            return ZipDirectory.Read(source).Entries.Exists(e => e.Name.EndsWith("/constants.pkl") || e.Name.Contains("/code/", StringComparison.Ordinal));
        }
        catch (InputException)
        {
            return false;
        }
    }

    /// <summary>Loads a model whose maker is trusted, in evaluation mode.</summary>
    /// <param name="path">The file.</param>
    /// <param name="trusted">The user's word. Without it nothing is loaded.</param>
    /// <param name="device">Where it computes.</param>
    /// <exception cref="InputException">Not trusted, no TorchScript file, or one that this libtorch cannot read.</exception>
    public static ScriptModule Load(string path, bool trusted, Device device = default)
    {
        if (!IsScript(path))
        {
            throw new InputException(File.Exists(path) ? $"'{path}' is no TorchScript model: such a file is a zip archive with code/ and constants.pkl" : $"'{path}' is not there", "give a file written by torch.jit.save");
        }

        if (!trusted)
        {
            throw new InputException($"'{path}' is a TorchScript model: it holds code, which would run with your rights", "--trust runs it, if you know who made it");
        }

        var status = Bridge.ScriptLoad(path, out var handle);
        if (status != 0)
        {
            throw new InputException($"'{path}' does not load: {Reason()}", "save it again with torch.jit.save, by a PyTorch no newer than the libtorch here");
        }

        var module = new ScriptModule(path, handle);
        if (device.Kind != DeviceKind.Cpu)
        {
            Bridge.Check(Bridge.ScriptTo(handle, (int)device.Kind, device.Index), $"'{path}' to {device}");
        }

        return module;
    }

    /// <summary>Parameters, then buffers, by their names; in the caller's scope.</summary>
    public IReadOnlyList<(string Name, Tensor Tensor)> State()
    {
        Bridge.Check(Bridge.ScriptState(Handle, out var named), $"the weights of '{_path}'");
        return Take(named);
    }

    /// <summary>Runs the model.</summary>
    /// <param name="inputs">As many as its forward takes.</param>
    /// <returns>
    /// Every tensor that it gives, in the caller's scope, with its way: "" for a single tensor, "0", "1" … for a tuple or list, the keys for a
    /// dictionary, "low.1" for one inside another.
    /// </returns>
    /// <exception cref="TorchException">Its code failed, or it gives something else than tensors.</exception>
    public IReadOnlyList<(string Name, Tensor Tensor)> Forward(params ReadOnlySpan<Tensor> inputs)
    {
        var handles = stackalloc nint[inputs.Length];
        for (var i = 0; i < inputs.Length; i++)
        {
            handles[i] = inputs[i].Handle;
        }

        var status = Bridge.ScriptForward(Handle, handles, inputs.Length, out var named);
        foreach (var input in inputs)
        {
            GC.KeepAlive(input);
        }

        if (status != 0)
        {
            throw new TorchException($"'{_path}'({string.Join(", ", inputs.ToArray().Select(i => i.Describe()))})", LastLine(Reason()));
        }

        return Take(named);
    }

    /// <summary>Releases the model.</summary>
    public void Dispose()
    {
        Bridge.ScriptRelease(_handle);
        _handle = 0;
        GC.SuppressFinalize(this);
    }

    private nint Handle => _handle != 0 ? _handle : throw new ObjectDisposedException(nameof(ScriptModule));

    private static string Reason() => System.Runtime.InteropServices.Marshal.PtrToStringUTF8((nint)Bridge.Error()) ?? "no message";

    // The interpreter's message is the trace of its own code; what went wrong stands last.
    private static string LastLine(string text) => text.TrimEnd().Split('\n')[^1].Trim();

    private static List<(string Name, Tensor Tensor)> Take(nint named)
    {
        try
        {
            var count = Bridge.NamedCount(named);
            var all = new List<(string Name, Tensor Tensor)>(count);
            for (var i = 0; i < count; i++)
            {
                var at = i;
                var name = NativeText.Fetch("name", (text, capacity, length) => Bridge.NamedName(named, at, text, capacity, length));
                Bridge.Check(Bridge.NamedTensor(named, i, out var tensor), $"tensor '{name}'");
                all.Add((name, new Tensor(tensor)));
            }

            return all;
        }
        finally
        {
            Bridge.NamedRelease(named);
        }
    }
}
