using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.CompilerServices;

namespace SegSharp.Tests.Architecture;

/// <summary>Everything that a type's signatures and method bodies name. Runs none of it.</summary>
internal static class TypeUses
{
    private const BindingFlags All =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly;

    private static readonly Dictionary<short, OpCode> OpCodesByValue = typeof(OpCodes)
        .GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(f => (OpCode)f.GetValue(null)!)
        .ToDictionary(o => o.Value);

    /// <summary>The types that a type names, itself left out; generic types come apart into definition and arguments.</summary>
    public static IEnumerable<Type> TypesIn(Type type) => NamedBy(type)
        .Concat(MembersIn(type).SelectMany(m => m is Type t ? [t] : SignatureOf(m).Append(m.DeclaringType)))
        .OfType<Type>()
        .SelectMany(Apart)
        .Where(t => t != type)
        .Distinct();

    /// <summary>The members and types that a type's method bodies name.</summary>
    public static IEnumerable<MemberInfo> MembersIn(Type type) =>
        MethodsOf(type).SelectMany(BodyOf).Distinct();

    /// <summary>The type that a person wrote: lambdas and iterators live in types of the compiler inside it.</summary>
    public static Type Written(Type type)
    {
        while (type.DeclaringType is { } outer)
        {
            type = outer;
        }

        return type;
    }

    private static IEnumerable<MethodBase> MethodsOf(Type type) => type.GetMethods(All).Cast<MethodBase>().Concat(type.GetConstructors(All));

    private static IEnumerable<Type?> NamedBy(Type type) =>
    [
        type.BaseType,
        .. type.GetInterfaces(),
        .. type.GetFields(All).Select(f => f.FieldType),
        .. type.GetProperties(All).Select(p => p.PropertyType),
        .. MethodsOf(type).SelectMany(SignatureOf),
    ];

    private static IEnumerable<Type?> SignatureOf(MemberInfo member) => member switch
    {
        MethodInfo m => [m.ReturnType, .. m.GetParameters().Select(p => p.ParameterType), .. m.GetGenericArguments()],
        ConstructorInfo c => c.GetParameters().Select(p => p.ParameterType),
        FieldInfo f => [f.FieldType],
        _ => [],
    };

    private static IEnumerable<Type> Apart(Type type) =>
        type.HasElementType ? Apart(type.GetElementType()!)
        : type.IsGenericParameter ? []
        : type.IsConstructedGenericType ? type.GetGenericArguments().SelectMany(Apart).Prepend(type.GetGenericTypeDefinition())
        : [type];

    private static IEnumerable<MemberInfo> BodyOf(MethodBase method)
    {
        var code = method.GetMethodBody()?.GetILAsByteArray() ?? [];
        var ofType = method.DeclaringType is { IsGenericType: true } t ? t.GetGenericArguments() : null;
        var ofMethod = method.IsGenericMethod ? method.GetGenericArguments() : null;
        for (var at = 0; at < code.Length;)
        {
            var value = code[at] == 0xFE ? (short)(0xFE00 | code[at + 1]) : code[at];
            var opcode = OpCodesByValue[value];
            at += opcode.Size;
            if (opcode.OperandType is OperandType.InlineMethod or OperandType.InlineField or OperandType.InlineType or OperandType.InlineTok
                && Resolve(method.Module, BitConverter.ToInt32(code, at), ofType, ofMethod) is { } member)
            {
                yield return member;
            }

            at += OperandSize(opcode.OperandType, code, at);
        }
    }

    private static MemberInfo? Resolve(Module module, int token, Type[]? ofType, Type[]? ofMethod) =>
        module.ResolveMember(token, ofType, ofMethod);

    private static int OperandSize(OperandType type, byte[] code, int at) => type switch
    {
        OperandType.InlineNone => 0,
        OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
        OperandType.InlineVar => 2,
        OperandType.InlineI8 or OperandType.InlineR => 8,
        OperandType.InlineSwitch => 4 + (4 * BitConverter.ToInt32(code, at)),
        _ => 4,
    };

    /// <summary>Whether the compiler made the type: closures, iterators, inline arrays.</summary>
    public static bool IsGenerated(Type type) =>
        type.IsDefined(typeof(CompilerGeneratedAttribute), inherit: false)
        || type.Name.Contains('<', StringComparison.Ordinal)
        || (type.DeclaringType is { } outer && IsGenerated(outer));
}
