using System.Text.Json.Nodes;
using SegSharp.Foundation;
using SegSharp.Networks.Originals;
using Xunit;

namespace SegSharp.Tests.Networks.Originals;

public sealed class OriginalTableTests
{
    // Every one of these holds the letters of another that is known.
    [Theory]
    [InlineData("SELU")]
    [InlineData("CELU")]
    [InlineData("nn.ReLU6()")]
    public void An_activation_is_not_taken_for_another_whose_name_it_holds(string activation)
    {
        var name = new OriginalName("seed 001, exercises 8.1-8.3", "", null);
        var arguments = new OriginalArguments(name, new JsonObject { ["activation"] = activation }, new Dictionary<string, long[]>());

        var e = Assert.Throws<InputException>(() => OriginalTable.Find(name)!.Build(arguments));

        Assert.Equal($"the constructor asks for '{activation}'; known here: LeakyReLU, PReLU, ELU, ReLU, GELU, SiLU", e.Message);
    }
}
