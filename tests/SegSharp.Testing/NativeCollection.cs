using SegSharp.Torch;
using Xunit;

namespace SegSharp.Testing;

/// <summary>The collection of every test class that touches libtorch: one after the other, one thread, one seed.</summary>
[CollectionDefinition(Name)]
public sealed class NativeCollection : ICollectionFixture<NativeFixture>
{
    /// <summary>The collection's name.</summary>
    public const string Name = "native";
}

/// <summary>libtorch with one thread, so that numbers are the same on every machine of a kind.</summary>
public sealed class NativeFixture
{
    /// <summary>Loads the bridge.</summary>
    public NativeFixture()
    {
        TorchRuntime.Threads = 1;
        TorchRuntime.Seed(0);
    }
}
