"""The built-in components: a plugin like any other, found through the entry-point group."""

from __future__ import annotations

from framework import (
    Callback,
    Constraint,
    Dataset,
    Initializer,
    Job,
    Join,
    Layer,
    Loss,
    Metric,
    Regularizer,
    Schedule,
    Transform,
    UpdateRule,
    hookimpl,
)

from .callbacks.early_stopping import EarlyStopping
from .callbacks.log import Log
from .callbacks.metric_files import Metrics
from .callbacks.pictures import Pictures
from .callbacks.progress import Progress
from .callbacks.pruning import Pruning
from .callbacks.weights import Weights
from .constraints.max_norm import MaxNorm
from .constraints.no_constraint import NoConstraint
from .constraints.non_negative import NonNegative
from .constraints.unit_norm import UnitNorm
from .datasets.arrays import Arrays
from .datasets.csv_table import Csv
from .datasets.fashion_mnist import FashionMnist
from .datasets.idx_files import IdxFiles
from .datasets.kmnist import Kmnist
from .datasets.label_noise import LabelNoise
from .datasets.mnist import Mnist
from .datasets.npz import Npz
from .datasets.parquet_table import Parquet
from .datasets.spirals import Spirals
from .datasets.subset import Subset
from .datasets.toy_sets import SklearnToy
from .initializers.constant import Constant, Zeros
from .initializers.eye import Eye
from .initializers.normal import SmallNormal
from .initializers.orthogonal import Orthogonal
from .initializers.sparse import Sparse
from .initializers.torch_linear import TorchLinear
from .initializers.truncated import TruncatedNormal
from .initializers.variance_scaling import (
    HeNormal,
    HeUniform,
    LeCunNormal,
    LeCunUniform,
    VarianceScaling,
    XavierNormal,
    XavierUniform,
)
from .jobs.check import Check
from .jobs.compare import Compare
from .jobs.evaluate import Evaluate
from .jobs.export import Export
from .jobs.find_learning_rate import FindLearningRate
from .jobs.new_plugin import NewPlugin
from .jobs.plugins import Plugins
from .jobs.predict import Predict
from .jobs.resume import Resume
from .jobs.schedule import DrawSchedule
from .jobs.serve import Serve
from .jobs.train import Train
from .joins.concatenate import Concatenate
from .joins.sum import Sum
from .layers.act_norm import ActNorm
from .layers.activity import Activity
from .layers.alpha_dropout import AlphaDropout
from .layers.batch_norm import BatchNorm
from .layers.celu import CELU
from .layers.dense import Dense
from .layers.dropout import Dropout
from .layers.elu import ELU
from .layers.embedding import Embedding
from .layers.feature_columns import FeatureColumns
from .layers.flatten import Flatten
from .layers.gaussian_dropout import GaussianDropout
from .layers.gelu import GELU
from .layers.glu import GLU
from .layers.hard_sigmoid import HardSigmoid
from .layers.hard_swish import HardSwish
from .layers.hard_tanh import HardTanh
from .layers.identity import Identity
from .layers.layer_norm import LayerNorm
from .layers.leaky_relu import LeakyReLU
from .layers.log_softmax import LogSoftmax
from .layers.maxout import Maxout
from .layers.mish import Mish
from .layers.noise import Noise
from .layers.prelu import PReLU
from .layers.relu import ReLU
from .layers.relu6 import ReLU6
from .layers.reshape import Reshape
from .layers.rms_norm import RMSNorm
from .layers.scale_shift import ScaleShift
from .layers.selu import SELU
from .layers.sigmoid import Sigmoid
from .layers.silu import SiLU
from .layers.softmax import Softmax
from .layers.softplus import Softplus
from .layers.softsign import Softsign
from .layers.swiglu import SwiGLU
from .layers.tanh import Tanh
from .losses.binary_cross_entropy import BinaryCrossEntropy
from .losses.focal import BinaryFocal, Focal
from .losses.gaussian_nll import GaussianNll
from .losses.hinge import Hinge
from .losses.huber import Huber
from .losses.kl_divergence import KLDivergence
from .losses.log_cosh import LogCosh
from .losses.mean_absolute_error import MeanAbsoluteError
from .losses.mean_squared_error import MeanSquaredError
from .losses.multi_label_cross_entropy import MultiLabelCrossEntropy
from .losses.pinball import Pinball
from .losses.poisson import Poisson
from .losses.softmax_cross_entropy import SoftmaxCrossEntropy
from .metrics.accuracy import Accuracy
from .metrics.auc import Auc
from .metrics.brier import Brier
from .metrics.calibration_error import CalibrationError
from .metrics.error_rate import ErrorRate
from .metrics.errors_of_values import AbsoluteError, RootMeanSquaredError
from .metrics.log_loss import LogLoss
from .metrics.matthews import Matthews
from .metrics.mean_loss import MeanLoss
from .metrics.precision_recall_f1 import PrecisionRecallF1
from .metrics.r2 import R2
from .metrics.top_k import TopK
from .regularizers.elastic_net import ElasticNet
from .regularizers.group_lasso import GroupLasso
from .regularizers.l1 import L1
from .regularizers.l2 import L2
from .regularizers.no_penalty import NoPenalty
from .regularizers.orthogonal import OrthogonalPenalty
from .schedules.constant import Constant as ConstantSchedule
from .schedules.cosine import Cosine
from .schedules.cosine_restarts import CosineRestarts
from .schedules.cyclic import Cyclic
from .schedules.exponential import Exponential
from .schedules.inverse_time import InverseTime
from .schedules.linear import Linear
from .schedules.multi_step import MultiStep
from .schedules.one_cycle import OneCycle
from .schedules.piecewise import Piecewise
from .schedules.polynomial import Polynomial
from .schedules.reduce_on_plateau import ReduceOnPlateau
from .schedules.step import Step as StepSchedule
from .schedules.warmup import Warmup
from .transforms.gaussian_noise import GaussianNoise
from .transforms.impute import Impute
from .transforms.one_hot import OneHot
from .transforms.standardize import Standardize
from .update_rules.adadelta import Adadelta
from .update_rules.adafactor import Adafactor
from .update_rules.adagrad import Adagrad
from .update_rules.adam import Adam
from .update_rules.adamax import Adamax
from .update_rules.adamw import AdamW
from .update_rules.clipped import Clipped
from .update_rules.ema import EMA
from .update_rules.lamb import LAMB
from .update_rules.lars import LARS
from .update_rules.lion import Lion
from .update_rules.lookahead import Lookahead
from .update_rules.muon import Muon
from .update_rules.nadam import NAdam
from .update_rules.radam import RAdam
from .update_rules.rmsprop import RMSProp
from .update_rules.rprop import Rprop
from .update_rules.schedule_free import ScheduleFree
from .update_rules.sgd import SGD
from .update_rules.swa import SWA


@hookimpl
def framework_layers() -> dict[str, type[Layer]]:
    return {
        "dense": Dense,
        "identity": Identity,
        "relu": ReLU,
        "sigmoid": Sigmoid,
        "tanh": Tanh,
        "batch_norm": BatchNorm,
        "layer_norm": LayerNorm,
        "rms_norm": RMSNorm,
        "dropout": Dropout,
        "activity": Activity,
        "act_norm": ActNorm,
        "feature_columns": FeatureColumns,
        "scale_shift": ScaleShift,
        "leaky_relu": LeakyReLU,
        "prelu": PReLU,
        "softplus": Softplus,
        "elu": ELU,
        "selu": SELU,
        "celu": CELU,
        "silu": SiLU,
        "mish": Mish,
        "softsign": Softsign,
        "hard_sigmoid": HardSigmoid,
        "hard_tanh": HardTanh,
        "relu6": ReLU6,
        "hard_swish": HardSwish,
        "softmax": Softmax,
        "log_softmax": LogSoftmax,
        "glu": GLU,
        "swiglu": SwiGLU,
        "maxout": Maxout,
        "gelu": GELU,
        "alpha_dropout": AlphaDropout,
        "gaussian_dropout": GaussianDropout,
        "noise": Noise,
        "reshape": Reshape,
        "flatten": Flatten,
        "embedding": Embedding,
    }


@hookimpl
def framework_joins() -> dict[str, type[Join]]:
    return {"sum": Sum, "concatenate": Concatenate}


@hookimpl
def framework_initializers() -> dict[str, type[Initializer]]:
    return {
        "small_normal": SmallNormal,
        "xavier_normal": XavierNormal,
        "xavier_uniform": XavierUniform,
        "he_normal": HeNormal,
        "he_uniform": HeUniform,
        "lecun_normal": LeCunNormal,
        "lecun_uniform": LeCunUniform,
        "variance_scaling": VarianceScaling,
        "truncated_normal": TruncatedNormal,
        "orthogonal": Orthogonal,
        "identity": Eye,
        "sparse": Sparse,
        "torch_linear": TorchLinear,
        "zeros": Zeros,
        "constant": Constant,
    }


@hookimpl
def framework_regularizers() -> dict[str, type[Regularizer]]:
    return {
        "none": NoPenalty,
        "l1": L1,
        "l2": L2,
        "elastic_net": ElasticNet,
        "group_lasso": GroupLasso,
        "orthogonal": OrthogonalPenalty,
    }


@hookimpl
def framework_constraints() -> dict[str, type[Constraint]]:
    return {
        "none": NoConstraint,
        "max_norm": MaxNorm,
        "unit_norm": UnitNorm,
        "non_negative": NonNegative,
    }


@hookimpl
def framework_update_rules() -> dict[str, type[UpdateRule]]:
    return {
        "sgd": SGD,
        "rmsprop": RMSProp,
        "rprop": Rprop,
        "adagrad": Adagrad,
        "adadelta": Adadelta,
        "adam": Adam,
        "adamw": AdamW,
        "adamax": Adamax,
        "nadam": NAdam,
        "radam": RAdam,
        "adafactor": Adafactor,
        "lion": Lion,
        "lars": LARS,
        "lamb": LAMB,
        "muon": Muon,
        "clipped": Clipped,
        "lookahead": Lookahead,
        "ema": EMA,
        "swa": SWA,
        "schedule_free": ScheduleFree,
    }


@hookimpl
def framework_losses() -> dict[str, type[Loss]]:
    return {
        "softmax_cross_entropy": SoftmaxCrossEntropy,
        "mean_squared_error": MeanSquaredError,
        "binary_cross_entropy": BinaryCrossEntropy,
        "multi_label_cross_entropy": MultiLabelCrossEntropy,
        "focal": Focal,
        "binary_focal": BinaryFocal,
        "hinge": Hinge,
        "kl_divergence": KLDivergence,
        "mean_absolute_error": MeanAbsoluteError,
        "huber": Huber,
        "log_cosh": LogCosh,
        "poisson": Poisson,
        "pinball": Pinball,
        "gaussian_nll": GaussianNll,
    }


@hookimpl
def framework_schedules() -> dict[str, type[Schedule]]:
    return {
        "constant": ConstantSchedule,
        "linear": Linear,
        "cosine": Cosine,
        "cosine_restarts": CosineRestarts,
        "exponential": Exponential,
        "step": StepSchedule,
        "multi_step": MultiStep,
        "polynomial": Polynomial,
        "inverse_time": InverseTime,
        "cyclic": Cyclic,
        "one_cycle": OneCycle,
        "warmup": Warmup,
        "piecewise": Piecewise,
        "reduce_on_plateau": ReduceOnPlateau,
    }


@hookimpl
def framework_metrics() -> dict[str, type[Metric]]:
    return {
        "accuracy": Accuracy,
        "auc": Auc,
        "loss": MeanLoss,
        "precision_recall_f1": PrecisionRecallF1,
        "matthews": Matthews,
        "top_k": TopK,
        "log_loss": LogLoss,
        "brier": Brier,
        "error_rate": ErrorRate,
        "calibration_error": CalibrationError,
        "r2": R2,
        "mean_absolute_error": AbsoluteError,
        "root_mean_squared_error": RootMeanSquaredError,
    }


@hookimpl
def framework_datasets() -> dict[str, type[Dataset]]:
    return {
        "arrays": Arrays,
        "csv": Csv,
        "fashion_mnist": FashionMnist,
        "idx": IdxFiles,
        "kmnist": Kmnist,
        "label_noise": LabelNoise,
        "mnist": Mnist,
        "npz": Npz,
        "parquet": Parquet,
        "sklearn_toy": SklearnToy,
        "spirals": Spirals,
        "subset": Subset,
    }


@hookimpl
def framework_transforms() -> dict[str, type[Transform]]:
    return {
        "standardize": Standardize,
        "gaussian_noise": GaussianNoise,
        "impute": Impute,
        "one_hot": OneHot,
    }


@hookimpl
def framework_callbacks() -> dict[str, type[Callback]]:
    return {
        "progress": Progress,
        "metrics": Metrics,
        "pictures": Pictures,
        "log": Log,
        "weights": Weights,
        "pruning": Pruning,
        "early_stopping": EarlyStopping,
    }


@hookimpl
def framework_jobs() -> dict[str, type[Job]]:
    return {
        "train": Train,
        "resume": Resume,
        "compare": Compare,
        "plugins": Plugins,
        "check": Check,
        "new_plugin": NewPlugin,
        "evaluate": Evaluate,
        "predict": Predict,
        "schedule": DrawSchedule,
        "find_learning_rate": FindLearningRate,
        "serve": Serve,
        "export": Export,
    }
