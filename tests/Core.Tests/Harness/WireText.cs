using System;
using System.Collections.Generic;
using System.Linq;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text;
using HftEngine.Schemas;

namespace HftEngine.Core.Tests.Harness;

/// <summary>Messages as text for people: the block's name and every field that is not zero.</summary>
internal static class WireText
{
    private static readonly Dictionary<ushort, Type> BlockTypes = typeof(NewOrderBlock).Assembly.GetTypes()
        .Where(type => type.Namespace == typeof(NewOrderBlock).Namespace && type.IsExplicitLayout)
        .Where(type => type.Name.EndsWith("Block", StringComparison.Ordinal))
        .Where(type => type.GetField("TemplateId") is { IsLiteral: true })
        .ToDictionary(type => (ushort)type.GetField("TemplateId")!.GetRawConstantValue()!);

    public static IReadOnlyDictionary<ushort, Type> Blocks => BlockTypes;

    public static string Name(ushort templateId) => BlockTypes.TryGetValue(templateId, out Type? type)
        ? type.Name[..^"Block".Length]
        : $"template {templateId}";

    public static string Describe(ReadOnlySpan<byte> message)
    {
        if (!BlockTypes.TryGetValue(WireMessage.TemplateId(message), out Type? type)
            || message.Length < MessageHeader.Size + BlockLength(type))
        {
            return $"{message.Length} bytes {Convert.ToHexString(message)}";
        }

        StringBuilder text = new(Name(WireMessage.TemplateId(message)));
        AppendFields(text, Read(type, message[MessageHeader.Size..]));
        return text.ToString();
    }

    private static int BlockLength(Type type) => (ushort)type.GetField("BlockLength")!.GetRawConstantValue()!;

    private static object Read(Type type, ReadOnlySpan<byte> block)
    {
        byte[] bytes = block[..BlockLength(type)].ToArray();
        return typeof(WireText).GetMethod(nameof(ReadAs), BindingFlags.NonPublic | BindingFlags.Static)!
            .MakeGenericMethod(type).Invoke(null, [bytes])!;
    }

    private static object ReadAs<T>(byte[] bytes)
        where T : unmanaged => MemoryMarshal.Read<T>(bytes);

    private static void AppendFields(StringBuilder text, object block)
    {
        foreach (FieldInfo field in block.GetType().GetFields(BindingFlags.Public | BindingFlags.Instance))
        {
            object value = field.GetValue(block)!;
            if (value is CommandEnvelope or EventEnvelope)
            {
                AppendFields(text, value);
            }
            else if (!value.Equals(Activator.CreateInstance(value.GetType())))
            {
                text.Append(' ').Append(field.Name).Append('=').Append(value);
            }
        }
    }
}
