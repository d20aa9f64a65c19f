using System;
using System.Collections.Generic;
using System.Linq;
using HftEngine.Core.Tests.Reference;
using NUnit.Framework;

namespace HftEngine.Core.Tests.Harness;

/// <summary>The events that answered one command, for a scenario to look at.</summary>
internal sealed class Answer(IReadOnlyList<ReferenceEvent> events, IReadOnlyList<string> lines)
{
    public IReadOnlyList<ReferenceEvent> Events { get; } = events;

    /// <summary>Requires exactly these lines, see <see cref="ScenarioText"/>.</summary>
    public Answer Tells(params string[] expected)
    {
        Assert.That(lines, Is.EqualTo(expected));
        return this;
    }

    /// <summary>Requires these lines in any order, where the rules leave the order open.</summary>
    public Answer TellsInAnyOrder(params string[] expected)
    {
        Assert.That(lines, Is.EquivalentTo(expected));
        return this;
    }

    public T Only<T>()
        where T : unmanaged => Events.Single(e => e.Is<T>()).As<T>();

    public T[] All<T>()
        where T : unmanaged => Events.Where(e => e.Is<T>()).Select(e => e.As<T>()).ToArray();
}
