namespace SegSharp.Torch.Operators;

/// <summary>Normalisations by operator name.</summary>
public static class Normalisation
{
    private static readonly Operator BatchOp = new("aten::batch_norm", arguments: 9), InstanceOp = new("aten::instance_norm", arguments: 9), GroupOp = new("aten::group_norm", arguments: 6);

    /// <summary>Batch normalisation; in training the running statistics are updated in place.</summary>
    public static Tensor Batch(Tensor x, Tensor? weight, Tensor? bias, Tensor? mean, Tensor? variance, bool training, double momentum, double epsilon) =>
        BatchOp.Call(x, weight, bias, mean, variance, training, momentum, epsilon, true);

    /// <summary>Instance normalisation with the statistics of each sample and channel.</summary>
    public static Tensor Instance(Tensor x, Tensor? weight, Tensor? bias, double epsilon) =>
        InstanceOp.Call(x, weight, bias, null as Tensor, null as Tensor, true, 0.1, epsilon, true);

    /// <summary>Group normalisation.</summary>
    public static Tensor Group(Tensor x, int groups, Tensor? weight, Tensor? bias, double epsilon) =>
        GroupOp.Call(x, groups, weight, bias, epsilon, true);
}
