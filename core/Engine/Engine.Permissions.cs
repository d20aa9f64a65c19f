using System;
using System.Runtime.CompilerServices;
using HftEngine.Core.Instruments;
using HftEngine.Core.Memory;
using HftEngine.Core.Orders;
using HftEngine.Core.Risk;
using HftEngine.Schemas;

namespace HftEngine.Core;

/// <summary>Who may trade what, and how far from the last price.</summary>
public sealed unsafe partial class Engine
{
    private const ulong SharedPermissions = 1 << 12;
    private const long CollarScale = 1_000_000;

    private readonly NativeArray<ushort> _instrumentGroups;
    private Permissions _permissions;

    private void SetInstrumentGroup(SetInstrumentGroupBlock* request)
    {
        if (DefinedOrZero(request->InstrumentId) == 0)
        {
            RejectCommand(SetInstrumentGroupBlock.TemplateId, RejectReason.UnknownInstrument);
            return;
        }

        ref ushort group = ref _instrumentGroups[request->InstrumentId];
        var block = (InstrumentGroupChangedBlock*)_writer.Next(
            InstrumentGroupChangedBlock.TemplateId, InstrumentGroupChangedBlock.BlockLength, request->InstrumentId, 0);
        block->GroupId = request->GroupId;
        block->PreviousGroupId = group;
        group = request->GroupId;
    }

    private void SetPermission(SetPermissionBlock* request)
    {
        RejectReason reason = CheckPermission(request);
        uint rowIndex = 0;
        if (reason == RejectReason.None)
        {
            rowIndex = _permissions.FindOrAdd(
                request->Level, request->TargetId, request->ByGroup, request->ObjectId);
            reason = rowIndex == 0 ? RejectReason.CapacityExceeded : RejectReason.None;
        }

        if (reason != RejectReason.None)
        {
            RejectCommand(SetPermissionBlock.TemplateId, reason);
            return;
        }

        PermissionRow* row = _permissions[rowIndex];
        var block = (PermissionSetBlock*)_writer.Next(PermissionSetBlock.TemplateId, PermissionSetBlock.BlockLength, 0, 0);
        block->TargetId = request->TargetId;
        block->ObjectId = request->ObjectId;
        block->Level = request->Level;
        block->ByGroup = request->ByGroup;
        block->Permission = request->Permission;
        block->Previous = row->Permission;
        block->Reason = request->Reason;
        row->Permission = request->Permission;
        MarkPermission(row);
    }

    /// <summary>The requests of whom it concerns come to the check from now on.</summary>
    private void MarkPermission(PermissionRow* row)
    {
        if (row->Level == RiskLevel.Account)
        {
            _accounts[row->TargetId].RiskFlags |= RiskFlags.HasPermissions;
        }
        else
        {
            _venueRisk |= SharedPermissions;
        }
    }

    private RejectReason CheckPermission(SetPermissionBlock* request)
    {
        if (request->ByGroup > 1 || request->Permission > Permission.ReduceOnly)
        {
            return RejectReason.MalformedCommand;
        }

        if (request->Level is not (RiskLevel.Account or RiskLevel.Group or RiskLevel.Firm or RiskLevel.Venue))
        {
            return RejectReason.InvalidLimit;
        }

        RejectReason reason = CheckRiskTarget(request->Level, request->TargetId);
        if (reason != RejectReason.None)
        {
            return reason;
        }

        bool known = request->ByGroup == 1
            ? request->ObjectId <= ushort.MaxValue
            : DefinedOrZero(request->ObjectId) != 0;
        return known ? RejectReason.None : RejectReason.UnknownInstrument;
    }

    /// <summary>The most special one that says something decides: by subject first, then instrument before its group.</summary>
    private bool IsPermitted(Account* account, uint accountId, uint instrumentId, bool reduces)
    {
        if ((account->RiskFlags & RiskFlags.HasPermissions) == 0 && (_venueRisk & SharedPermissions) == 0)
        {
            return true;
        }

        Permission said = PermissionOf(RiskLevel.Account, accountId, instrumentId);
        said = said == Permission.None ? PermissionOf(RiskLevel.Group, account->GroupId, instrumentId) : said;
        said = said == Permission.None ? PermissionOf(RiskLevel.Firm, account->FirmId, instrumentId) : said;
        said = said == Permission.None ? PermissionOf(RiskLevel.Venue, 0, instrumentId) : said;
        return said is Permission.None or Permission.Allow || (said == Permission.ReduceOnly && reduces);
    }

    private Permission PermissionOf(RiskLevel level, uint targetId, uint instrumentId)
    {
        Permission own = _permissions.Of(level, targetId, 0, instrumentId);
        return own != Permission.None ? own : _permissions.Of(level, targetId, 1, _instrumentGroups[instrumentId]);
    }

    private void SetCollarPrice(SetCollarPriceBlock* request)
    {
        uint id = request->InstrumentId;
        if (DefinedOrZero(id) == 0)
        {
            RejectCommand(SetCollarPriceBlock.TemplateId, RejectReason.UnknownInstrument);
            return;
        }

        Instrument* instrument = _instruments + id;
        if (request->Price < instrument->MinPrice || request->Price > instrument->MaxPrice)
        {
            RejectCommand(SetCollarPriceBlock.TemplateId, RejectReason.PriceOutsideBand);
            return;
        }

        var block = (CollarPriceSetBlock*)_writer.Next(
            CollarPriceSetBlock.TemplateId, CollarPriceSetBlock.BlockLength, id, 0);
        block->Price = request->Price;
        block->Previous = instrument->LastPrice;
        instrument->LastPrice = request->Price;
    }

    /// <summary>The worst price that a collar of so many millionths lets an order of the side name; any when there is no last price.</summary>
    private static long WorstPrice(Instrument* instrument, uint side, long millionths)
    {
        if (instrument->LastPrice == Instrument.NoPrice)
        {
            return side == 0 ? long.MaxValue : long.MinValue;
        }

        Int128 width = Int128.Abs(instrument->LastPrice) * millionths / CollarScale;
        Int128 worst = side == 0 ? instrument->LastPrice + width : instrument->LastPrice - width;
        return (long)Int128.Clamp(worst, long.MinValue, long.MaxValue);
    }

    /// <summary>How far the order's own price lies beyond the collar, in ticks; 0 or less: it does not.</summary>
    private static long TicksBeyond(Instrument* instrument, uint side, long price, long millionths)
    {
        long worst = WorstPrice(instrument, side, millionths);
        Int128 beyond = side == 0 ? (Int128)price - worst : (Int128)worst - price;
        return (long)Int128.Clamp(beyond, 0, long.MaxValue);
    }
}
