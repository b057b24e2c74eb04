using System.Reflection;
using SegSharp.Torch;
using Xunit;

namespace SegSharp.Tests.Torch;

[Collection("native")]
public sealed class OperatorTests
{
    /// <summary>Every operator that is a static field somewhere in the two assemblies.</summary>
    public static TheoryData<string, string, int> Operators()
    {
        var data = new TheoryData<string, string, int>();
        foreach (var assembly in new[] { typeof(Operator).Assembly, typeof(SegSharp.Losses.Loss).Assembly })
        {
            foreach (var field in assembly.GetTypes().SelectMany(t => t.GetFields(BindingFlags.Static | BindingFlags.NonPublic | BindingFlags.Public)))
            {
                if (field.FieldType == typeof(Operator) && field.GetValue(null) is Operator op)
                {
                    data.Add(op.Name, op.Overload, op.Arguments);
                }
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Operators))]
    public void Every_operator_exists_and_takes_as_many_arguments_as_we_pass(string name, string overload, int arguments)
    {
        var schema = new Operator(name, overload).Schema();

        var list = schema[(schema.IndexOf('(') + 1)..schema.LastIndexOf(") ->", StringComparison.Ordinal)];
        var depth = 0;
        var count = list.Length == 0 ? 0 : 1;
        foreach (var c in list)
        {
            depth += c is '(' or '[' ? 1 : c is ')' or ']' ? -1 : 0;
            count += c == ',' && depth == 0 ? 1 : 0;
        }

        Assert.True(arguments > 0, $"{name} does not say how many arguments it passes");
        Assert.True(arguments <= count, $"{name}.{overload} passes {arguments} arguments, but libtorch has {schema}");
    }

    [Fact]
    public void An_unknown_operator_fails_when_it_is_used_and_says_its_name()
    {
        var missing = new Operator("aten::no_such_operator");

        var error = Assert.Throws<TorchException>(() => missing.Call(1L));

        Assert.StartsWith("aten::no_such_operator: ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_kind_of_argument_arrives()
    {
        using var scope = new TensorScope();

        var t = new Operator("aten::linspace").Call(0.0, 1.0, 5L, DType.Float64);

        Assert.Equal([0, 0.25, 0.5, 0.75, 1], t.ToArray<double>());
        Assert.Equal([2, 3], new Operator("aten::zeros").Call(new long[] { 2, 3 }).Shape);
        Assert.Equal(3, Tensor.Cat(0, t.Narrow(0, 0, 1), t.Narrow(0, 1, 2)).Count);
    }
}
