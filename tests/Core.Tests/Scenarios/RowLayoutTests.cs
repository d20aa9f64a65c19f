using System;
using System.Collections.Generic;
using System.Linq;
using System.Reflection;
using System.Runtime.InteropServices;
using HftEngine.Core.Instruments;
using HftEngine.Core.Ledger;
using HftEngine.Core.Orders;
using NUnit.Framework;

namespace HftEngine.Core.Tests.Scenarios;

/// <summary>Several features share the rows of accounts and instruments, and place their fields by hand.</summary>
internal sealed class RowLayoutTests
{
    /// <summary>One word over two fields, read together on purpose.</summary>
    private static readonly string[] Views = ["Risk"];

    [TestCase(typeof(Account), 64)]
    [TestCase(typeof(Instrument), 128)]
    [TestCase(typeof(Currency), 32)]
    [TestCase(typeof(Balance), 32)]
    [TestCase(typeof(Withdrawal), 64)]
    [TestCase(typeof(FeeRow), 64)]
    [TestCase(typeof(FeeTier), 40)]
    public void Fields_of_a_row_do_not_overlap_and_lie_within_it(Type row, int bytes)
    {
        Assert.That(row.StructLayoutAttribute!.Size, Is.EqualTo(bytes));
        Dictionary<int, string> taken = [];
        IEnumerable<FieldInfo> fields = row.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic)
            .Where(field => !Views.Contains(field.Name));
        foreach (FieldInfo field in fields)
        {
            int first = field.GetCustomAttribute<FieldOffsetAttribute>()!.Value;
            for (int at = first; at < first + SizeOf(field.FieldType); at++)
            {
                Assert.That(taken.TryAdd(at, field.Name), $"byte {at} is of {field.Name} and of {taken[at]}");
                Assert.That(at, Is.LessThan(bytes), field.Name);
            }
        }
    }

    private static int SizeOf(Type type) => (int)typeof(System.Runtime.CompilerServices.Unsafe)
        .GetMethod("SizeOf")!.MakeGenericMethod(type).Invoke(null, null)!;
}
