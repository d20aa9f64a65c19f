using System.Collections.Generic;
using System.Linq;
using HftEngine.Core.Matching;
using NUnit.Framework;

namespace HftEngine.Core.Tests.Matching;

/// <summary>Whether there is room for a price depends on how many price pages are in use, never on how they came.</summary>
internal sealed class PageTreeTests
{
    private const uint Pages = 2800;
    private const int NodeKeys = 30;
    private const uint Instrument = 1;
    private const uint Sell = 1;

    [Test]
    public unsafe void Every_page_can_be_used_however_the_pages_before_came_and_went()
    {
        using OrderBooks<BareLayout> books = new(Pages, Pages, maxInstruments: 2);
        Stack<uint> free = new(Enumerable.Range(1, (int)Pages).Select(i => (uint)i).Reverse());
        for (long round = 0; free.Count >= 2 * NodeKeys; round++)
        {
            // Nodes are filled to the last place, the even keys first, then emptied but for one key each.
            long count = free.Count / 2 * 2;
            Dictionary<long, uint> resting = [];
            foreach (long key in Keys(0, count).Concat(Keys(1, count)))
            {
                uint slot = free.Pop();
                books.At(slot)->OpenLots = 1;
                bool rests = books.TryRest(Instrument, Sell, ((round * 1_000_000) + key) * PricePage.Levels, slot);
                Assert.That(rests, $"round {round}, key {key}: {Pages - free.Count - 1} of {Pages} pages are in use");
                resting.Add(key, slot);
            }

            for (long key = 0; key < count; key++)
            {
                if (key % NodeKeys != 0)
                {
                    books.Remove(resting[key]);
                    free.Push(resting[key]);
                }
            }
        }
    }

    private static IEnumerable<long> Keys(long first, long count)
    {
        for (long key = first; key < count; key += 2)
        {
            yield return key;
        }
    }
}
