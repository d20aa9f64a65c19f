using System;
using System.Collections.Generic;
using System.Linq;
using System.Reflection;
using HftEngine.Core.Instruments;
using HftEngine.Core.Ledger;
using HftEngine.Core.Matching;
using HftEngine.Core.Memory;
using HftEngine.Core.Orders;
using NUnit.Framework;

namespace HftEngine.Core.Tests.State;

/// <summary>
/// Every field that the engine can change is either part of the saved state or named here with the reason why not. A
/// new field fails this test until somebody has decided.
/// </summary>
internal sealed class StateFieldTests
{
    /// <summary>Written by SaveState and read by LoadState.</summary>
    private static readonly string[] Saved =
    [
        "Engine.LastSequence", "Engine.LastTimestampNs", "Engine.LastEpoch", "Engine.RuleLevel", "Engine._lastTradeId",
        "Engine._era", "Engine._jobCount", "Engine._jobs", "Engine._closings", "Engine._instrumentMemory", "Engine._currencies",
        "Engine._accountMemory", "Engine._sessions",
        "CancelJob.*", "Instrument.*", "Currency.*", "Balance.*",
        "Engine._firms", "Engine._lastEntryId", "Engine._tradingDate", "Engine._referenceCurrencyId", "Engine._roll",
        "Engine._fees", "Engine._feeSchedules", "Engine._feeTiers", "Engine._feeAssignments",
        "FeeRow.*", "FeeSchedule.*", "FeeTier.*", "VolumeTable._rows", "VolumeTable.Count",
        "TradingDateRoll.*", "Withdrawals._rows", "Withdrawals.LastSerial", "Withdrawal.*", "SystemAccounts._rows", "Firm.Name", "Firm.Defined", "Firm.Environment",
        "Account.FirmId", "Account.Open", "Account.Kind", "Account.Environment", "Account.GroupId", "Account.RememberedIds",
        "Session.LastSequence", "Session.GatewayId", "Session.Policy", "Session.Open", "Session.Known",
        "OrderSlots._free", "OrderSlots._fresh",
        "OrderBooks._orderSlab",
        "RestingOrder.OpenLots", "RestingOrder.AccountId", "RestingOrder.Generation", "RestingOrder.Side",
        "RestingOrder.SelfTradePrevention", "RestingOrder.PostOnly",
        "OrderRecord.Resting", "OrderRecord.Price", "OrderRecord.FilledLots", "OrderRecord.InstrumentId", "OrderRecord.Era",
        "Balances._entries",
        "OwnerLists._blockMemory", "OwnerLists._ownerMemory", "OwnerLists.OwnerCount",
        "Owner.SessionId", "Owner.AccountId", "OwnerBlock.Used", "OwnerBlock.Slots",
        "ClientOrderIds._windowMemory", "ClientOrderIds._outlivedMemory",
        "RememberedId.Id", "RememberedId.Content", "RememberedId.Outcome",
        "EventStream.Digest",
        "RiskRows._rowMemory", "RiskRows.Count", "RiskRow.*", "Engine._instrumentGroups", "Engine._clearingMembers", "Permissions._rowMemory", "Permissions.Count", "PermissionRow.*",
        "RateLimit.*", "Account.RiskFlags", "Session.RiskFlags",
        "DeadManTimers._heapMemory",
        "Account.PositionMode", "Account.MarginMode", "RestingOrder.Marks",
        "Engine._settlements", "Settlement.*", "Engine._marginTiers", "MarginTiers.*", "Engine._collateralPrices", "CollateralPrice.*",
        "Engine._marginAccounts", "MarginAccount.Levels", "MarginAccount.State", "MarginLevels.*", "Account.Margin",
        "Engine._marginLevels", "PositionTerms.HasMark", "PositionTerms.MarkPrice",
        "PositionTerms.Cursor", "PositionRecord.Unsettled", "PositionRecord.Unrealised",
        "PositionRecord.Initial", "PositionRecord.Maintenance", "PositionRecord.Tried",
        "Engine._positionTerms", "PositionTerms.MaxLots", "PositionTerms.ExpiryNs", "PositionTerms.SettlementDays",
        "PositionTerms.Flags",
        "Positions._memory", "PositionRecord.Key", "PositionRecord.NetLots", "PositionRecord.Cost",
        "PositionRecord.RealisedAverage", "PositionRecord.RealisedFifo",
        "PositionLots._memory", "PositionLot.Price", "PositionLot.Lots", "PositionLot.TradeId",
    ];

    private static readonly Dictionary<string, string> Derived = new()
    {
        ["Engine.AppliedPosition"] = "a place in this process's event ring; readers know commands by epoch and sequence",
        ["Engine.NextDeadlineNs"] = "from the jobs and the last timestamp",
        ["Engine._venueRisk"] = "from the kill switches and the rows",
        ["Engine._killedFirms"] = "counted over the rows",
        ["Engine._countingRows"] = "counted over the rows",
        ["Engine._groupRows"] = "from the rows",
        ["Engine._firmRows"] = "from the rows",
        ["Engine._instrumentRows"] = "from the rows",
        ["Engine._memberRows"] = "from the rows",
        ["Engine._venueRow"] = "from the rows",
        ["Engine._creditRows"] = "counted over the rows",
        ["Engine._ratioRows"] = "counted over the rows",
        ["Engine._concernedCount"] = "lives within one command",
        ["Engine._concernedRows"] = "lives within one command",
        ["Account.Risk"] = "another name of the two fields in its place",
        ["Account.RiskRow"] = "from the rows",
        ["Session.Risk"] = "another name of the two fields in its place",
        ["Session.RiskRow"] = "from the rows",
        ["RiskRows._indexMemory"] = "a hash table over the rows",
        ["Permissions._indexMemory"] = "a hash table over the rows",
        ["DeadManTimers._placeMemory"] = "from the heap",
        ["DeadManTimers.Count"] = "counted over the timers",
        ["DeadManTimers.EarliestNs"] = "from the heap",
        ["Timer.*"] = "the heap's shape decides no answer",
        ["Engine._scratch"] = "lives within one command",
        ["Engine._ahead"] = "hints for the batch at hand",
        ["Engine._farRecord"] = "hints for the batch at hand",
        ["Engine._farIndex"] = "hints for the batch at hand",
        ["Engine._applyIndex"] = "hints for the batch at hand",
        ["Engine._hashIsKnown"] = "hints for the batch at hand",
        ["EventWriter._origin"] = "lives within one command",
        ["EventWriter._last"] = "lives within one command",
        ["EventWriter._index"] = "lives within one command",
        ["EventStream._position"] = "a place in this process's event ring",
        ["EventStream._digested"] = "a place in this process's event ring",
        ["EventStream._paddingBytes"] = "about this process's event ring",
        ["EventStream.Limit"] = "how far this process's readers are",
        ["Withdrawals._noneFreeBelow"] = "a lower bound for the search",
        ["Account.VolumeRow"] = "from the volumes",
        ["Firm.HasAccounts"] = "from the accounts",
        ["Account.FirstOwner"] = "head of a list that the owners make in their order",
        ["Account.OutlivedIds"] = "counted over the orders' names",
        ["Session.FirstOwner"] = "head of a list that the owners make in their order",
        ["OrderSlots.Used"] = "counted over the orders",
        ["OrderRecord.OwnerPlace"] = "from the owners' blocks",
        ["OrderRecord.ClientIdEntry"] = "from the orders' names and the windows",
        ["RestingOrder.Next"] = "orders stand in the stream by priority, free slots in the order of their list",
        ["RestingOrder.Previous"] = "orders stand in the stream by priority",
        ["RestingOrder.Level"] = "the books are built again",
        ["Account.FirstPosition"] = "head of a list that the positions make in their order",
        ["Engine._collateral"] = "the currencies with a reference price, by id",
        ["Engine._collateralCount"] = "counted over the reference prices",
        ["Engine._firstValuation"] = "head of a queue that stands in the stream in its order",
        ["Engine._lastValuation"] = "tail of a queue that stands in the stream in its order",
        ["Engine._firstSettlement"] = "head of a queue that stands in the stream in its order",
        ["Engine._lastSettlement"] = "tail of a queue that stands in the stream in its order",
        ["Engine._firstLiquidation"] = "head of a queue that stands in the stream in its order",
        ["Engine._lastLiquidation"] = "tail of a queue that stands in the stream in its order",
        ["PositionTerms.Queued"] = "set for what stands in the queue",
        ["PositionTerms.NextInQueue"] = "the queue stands in the stream in its order",
        ["MarginAccount.NextInQueue"] = "the queue stands in the stream in its order",
        ["MarginAccount.Initial"] = "summed over the positions",
        ["MarginAccount.Maintenance"] = "summed over the positions",
        ["MarginAccount.Unrealised"] = "summed over the positions",
        ["PositionRecord.OpenBuyValue"] = "summed over the orders",
        ["PositionRecord.OpenSellValue"] = "summed over the orders",
        ["EventWriter._command"] = "lives within one command",
        ["Engine._openingOrders"] = "counted over the orders",
        ["PositionTerms.FirstPosition"] = "head of a list that the positions make in their order",
        ["Positions._indexMemory"] = "a hash table over the positions",
        ["Positions.Count"] = "counted over the positions",
        ["PositionRecord.OpenBuyLots"] = "summed over the orders",
        ["PositionRecord.OpenSellLots"] = "summed over the orders",
        ["PositionRecord.OldestLot"] = "lots stand in the stream with their position",
        ["PositionRecord.YoungestLot"] = "lots stand in the stream with their position",
        ["PositionRecord.NextOfAccount"] = "linked when the position is added",
        ["PositionRecord.NextOfInstrument"] = "linked when the position is added",
        ["PositionLots._free"] = "which lot is taken decides no answer",
        ["PositionLots._fresh"] = "which lot is taken decides no answer",
        ["PositionLots.Used"] = "counted over the lots",
        ["PositionLot.Next"] = "lots stand in the stream from the oldest to the youngest",
        ["OrderBooks._pageSlab"] = "the books are built again; which page is whose decides no answer",
        ["OrderBooks._sideTable"] = "the books are built again",
        ["OrderBooks._freePage"] = "how many pages are free is what counts, and that follows from the orders",
        ["OrderBooks._freshPage"] = "how many pages are free is what counts, and that follows from the orders",
        ["OrderBooks._leavesToFetch"] = "whether hints are given",
        ["PricePage.*"] = "the books are built again",
        ["PriceLevel.*"] = "the books are built again",
        ["BookSide.*"] = "the books are built again",
        ["Ahead.*"] = "hints for the batch at hand",
        ["Entry.*"] = "a hash table over the pages",
        ["Node.*"] = "its shape decides no answer",
        ["Slot.*"] = "a hash table over the outlived ids",
        ["PageDirectory._entries"] = "a hash table over the pages",
        ["PageTree._pool"] = "its shape decides no answer",
        ["PageTree._free"] = "its shape decides no answer",
        ["PageTree._fresh"] = "its shape decides no answer",
        ["PageTree._taken"] = "its shape decides no answer",
        ["Balances.Count"] = "counted over the balances",
        ["OwnerLists._indexMemory"] = "a hash table over the owners",
        ["OwnerLists._freeBlock"] = "which block is taken decides no answer, and they cannot run out",
        ["OwnerLists._freshBlock"] = "which block is taken decides no answer, and they cannot run out",
        ["Owner.Roomy"] = "head of the list of blocks, which stand in the stream in its order",
        ["Owner.Full"] = "head of the list of blocks, which stand in the stream in its order",
        ["Owner.NextOfAccount"] = "linked when the owner is added",
        ["Owner.NextOfSession"] = "linked when the owner is added",
        ["OwnerBlock.Next"] = "blocks stand in the stream in the order of their list",
        ["OwnerBlock.Previous"] = "blocks stand in the stream in the order of their list",
        ["OwnerBlock.Owner"] = "blocks stand in the stream with their owner",
        ["ClientOrderIds._tagMemory"] = "from the hash of the ids",
        ["ClientOrderIds._slotMemory"] = "a hash table over the outlived ids",
        ["ClientOrderIds._count"] = "counted over the ids",
        ["ClientOrderIds._free"] = "which entry is taken decides no answer",
        ["ClientOrderIds._fresh"] = "which entry is taken decides no answer",
        ["RememberedId.AccountId"] = "ids stand in the stream with their account",
        ["RememberedId.Hash"] = "from the id and the account; differs from machine to machine",
        ["RememberedId.Earlier"] = "names of an order are linked from the oldest to the youngest",
    };

    /// <summary>Rows of tables that the fields only show as native memory without a type.</summary>
    private static readonly Type[] UntypedRows = [typeof(OrderRecord), typeof(RestingOrder), typeof(RememberedId), typeof(PriceLevel)];

    [Test]
    public void Every_field_of_the_engine_is_saved_or_known_to_follow_from_what_is()
    {
        IEnumerable<string> undecided = Fields().Where(field => !IsNamed(field)).Order(StringComparer.Ordinal);
        Assert.That(undecided, Is.Empty, "save these in the state (see StateWriter), or say in this test what they follow from");
    }

    [Test]
    public void Nothing_is_named_that_the_engine_does_not_have()
    {
        HashSet<string> fields = Fields().ToHashSet();
        IEnumerable<string> gone = Saved.Concat(Derived.Keys)
            .Where(name => !fields.Any(field => field == name || (name.EndsWith(".*") && field.StartsWith(name[..^1]))));
        Assert.That(gone, Is.Empty);
    }

    private static bool IsNamed(string field)
    {
        string all = field[..field.IndexOf('.')] + ".*";
        return Saved.Contains(field) || Saved.Contains(all) || Derived.ContainsKey(field) || Derived.ContainsKey(all);
    }

    /// <summary>Fields that can change or that are tables, of the engine and of all that it is made of.</summary>
    private static IEnumerable<string> Fields()
    {
        Queue<Type> open = new(UntypedRows.Append(typeof(Engine)));
        HashSet<Type> seen = [.. open];
        List<string> names = [];
        while (open.TryDequeue(out Type? type))
        {
            foreach (FieldInfo field in type.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic))
            {
                Type held = field.FieldType;
                bool isTable = held == typeof(NativeRegion)
                    || (held.IsGenericType && held.GetGenericTypeDefinition() == typeof(NativeArray<>));
                bool isPart = IsOwn(held) && !isTable;
                if (isTable || (!field.IsInitOnly && !(isPart && IsComponent(held))))
                {
                    names.Add($"{NameOf(type)}.{NameOf(field)}");
                }

                Type next = isTable && held.IsGenericType ? held.GetGenericArguments()[0] : held;
                if (IsOwn(next) && !(next == typeof(NativeRegion)) && !next.IsEnum && seen.Add(next))
                {
                    open.Enqueue(next);
                }
            }
        }

        return names;
    }

    /// <summary>A part with a life of its own, whose fields are looked at instead of it.</summary>
    private static bool IsComponent(Type type) =>
        type.IsClass || typeof(IDisposable).IsAssignableFrom(type) || NameOf(type) is "OrderSlots" or "EventWriter" or "Holds";

    private static bool IsOwn(Type type) =>
        !type.IsPointer
        && type.Namespace is "HftEngine.Core" or "HftEngine.Core.Instruments" or "HftEngine.Core.Ledger"
            or "HftEngine.Core.Ledger.Positions"
            or "HftEngine.Core.Matching" or "HftEngine.Core.Orders" or "HftEngine.Core.Risk"
        && type != typeof(EngineLimits)
        && type != typeof(EventDigest)
        && !type.Name.StartsWith('<');

    private static string NameOf(Type type) => type.Name.Split('`')[0];

    /// <summary>The property's name where the compiler made the field.</summary>
    private static string NameOf(FieldInfo field) =>
        field.Name.StartsWith('<') ? field.Name[1..field.Name.IndexOf('>')] : field.Name;
}
