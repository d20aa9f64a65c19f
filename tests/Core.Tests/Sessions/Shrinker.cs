using System;
using System.Collections.Generic;
using System.Linq;
using System.Reflection;
using System.Runtime.InteropServices;
using HftEngine.Core.Tests.Harness;

namespace HftEngine.Core.Tests.Sessions;

/// <summary>Makes a failing session small: first fewer commands, then fewer fields that are not zero.</summary>
internal sealed class Shrinker(Func<IReadOnlyList<SessionStep>, bool> fails)
{
    private const int MaxRuns = 4000;

    private int _runs;

    public IReadOnlyList<SessionStep> Shrink(IReadOnlyList<SessionStep> steps)
    {
        List<SessionStep> smallest = [.. steps];
        RemoveCommands(smallest);
        for (int i = 0; i < smallest.Count; i++)
        {
            smallest[i] = ClearFields(smallest, i);
        }

        // A cleared field may have been all that an earlier command was needed for.
        RemoveCommands(smallest);
        return smallest;
    }

    private void RemoveCommands(List<SessionStep> steps)
    {
        int before;
        do
        {
            before = steps.Count;
            for (int chunk = Math.Max(1, steps.Count / 2); chunk >= 1; chunk /= 2)
            {
                RemoveChunks(steps, chunk);
            }
        }
        while (steps.Count < before);
    }

    private bool StillFails(IReadOnlyList<SessionStep> steps) => _runs++ < MaxRuns && fails(steps);

    private void RemoveChunks(List<SessionStep> steps, int chunk)
    {
        for (int at = steps.Count - chunk; at >= 0; at -= chunk)
        {
            List<SessionStep> without = [.. steps.Take(at), .. steps.Skip(at + chunk)];
            if (StillFails(without))
            {
                steps.Clear();
                steps.AddRange(without);
            }
        }
    }

    private SessionStep ClearFields(List<SessionStep> steps, int index)
    {
        SessionStep step = steps[index];
        foreach ((int offset, int length) in FieldsOf(step.Message))
        {
            byte[] cleared = (byte[])step.Message.Clone();
            cleared.AsSpan(offset, length).Clear();
            bool changes = !cleared.AsSpan().SequenceEqual(step.Message);
            List<SessionStep> candidate = [.. steps];
            candidate[index] = step with { Message = cleared };
            if (changes && StillFails(candidate))
            {
                step = candidate[index];
            }
        }

        return step;
    }

    /// <summary>Offsets within the message of the fields that a person would have to read.</summary>
    private static IEnumerable<(int Offset, int Length)> FieldsOf(byte[] message)
    {
        if (!WireText.Blocks.TryGetValue(WireMessage.TemplateId(message), out Type? type))
        {
            return [];
        }

        List<(int Offset, int Length)> fields = [];
        Collect(type, WireMessage.EnvelopeOffset, fields);
        return fields.Where(field => field.Offset + field.Length <= message.Length);
    }

    private static void Collect(Type type, int at, List<(int Offset, int Length)> fields)
    {
        foreach (FieldInfo field in type.GetFields(BindingFlags.Public | BindingFlags.Instance))
        {
            int offset = at + field.GetCustomAttribute<FieldOffsetAttribute>()!.Value;
            if (field.Name == "Envelope")
            {
                Collect(field.FieldType, offset, fields);
                continue;
            }

            Type plain = field.FieldType.IsEnum ? Enum.GetUnderlyingType(field.FieldType) : field.FieldType;
            if (plain.IsPrimitive)
            {
                fields.Add((offset, Marshal.SizeOf(plain)));
            }
        }
    }
}
